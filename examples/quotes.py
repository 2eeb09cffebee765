"""Quotes of a market with the stock client for Python: pip install "python-socketio[client]"

    python3 examples/quotes.py http://localhost:8080 SIM:AAPL SIM:MSFT
"""

import sys

import socketio

MARKET = "/ws/rt_market"

url, *symbols = sys.argv[1:] or ["http://localhost:8080"]
channels = [f"quote:{symbol}" for symbol in symbols or ["SIM:AAPL"]]
client = socketio.Client()


@client.on("connect", namespace=MARKET)
def connected():
    """Also after a lost connection: every channel begins with a snapshot."""
    client.emit("subscribe", {"channels": channels}, namespace=MARKET, callback=answered)


def answered(answer):
    for channel in answer["channels"]:
        if not channel["ok"]:
            print(channel["channel"], channel["error"]["message"], file=sys.stderr)


@client.on("updates", namespace=MARKET)
def updates(batch, _meta):
    """Each quote is complete: the newest stands for those before it."""
    for update in batch:
        quote = update["data"]
        print(update["channel"], quote["bid"], quote["ask"], flush=True)


@client.on("status", namespace=MARKET)
def status(news):
    """Anything but `live` says that the price may not be the present one, and why."""
    print(news.get("channel", news["source"]), news["quality"], news["cause"], file=sys.stderr)


client.connect(url, namespaces=[MARKET], transports=["websocket"])
client.wait()
