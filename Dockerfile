FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime/package.json ./tools/node-runtime/
RUN npm ci --omit=dev && chmod -R a+rX,go-w node_modules

# The pages, built with the tools of development, none of which go on from here but what they made.
FROM node:24-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY tools/node-runtime/package.json ./tools/node-runtime/
RUN npm ci
COPY vite.config.ts tsconfig.json ./
COPY web ./web
COPY client ./client
COPY src ./src
RUN npm run build:page

# All that .dockerignore lets in, so that a folder that is not there (examples) is no error; readable whatever the umask
# of the machine that checked it out.
FROM node:24-bookworm-slim AS sources
WORKDIR /app
COPY . .
COPY --from=pages /app/dist/web ./dist/web
RUN rm -rf package-lock.json .npmrc tools web vite.config.ts tsconfig.json && chmod -R a+rX,go-w .

FROM node:24-bookworm-slim
# History in a volume; in memory, with a warning, where there is none and the file system is read-only.
ENV NODE_ENV=production TICKCAST_HOST=0.0.0.0 TICKCAST_HISTORY_FILE=auto:/data/history.sqlite
RUN mkdir /data && chown node:node /data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=sources /app ./
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.TICKCAST_PORT || process.env.PORT || 8080) + '/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# A small young generation: it is half of what an idle connection costs in memory, and the stream leaves little garbage.
CMD ["node", "--max-semi-space-size=8", "src/main.ts", "serve"]
