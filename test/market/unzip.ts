import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

const CENTRAL_ENTRY = 0x02014b50
const DEFLATED = 8

/** The text of the one file in a zip archive. */
export function unzipText(path: string): string {
  const archive = readFileSync(path)
  // The directory at the end has the sizes; in the header before the data they may be missing.
  const entry = archive.lastIndexOf(Buffer.from('PK\u0001\u0002', 'latin1'))
  if (entry < 0 || archive.readUInt32LE(entry) !== CENTRAL_ENTRY || archive.readUInt16LE(entry + 10) !== DEFLATED) {
    throw new Error(`expected a zip archive of one deflated file; found something else in ${path}`)
  }
  const packedBytes = archive.readUInt32LE(entry + 20)
  const header = archive.readUInt32LE(entry + 42)
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  return inflateRawSync(archive.subarray(start, start + packedBytes)).toString()
}
