import { buildPageIfNeeded } from '../../tools/build-page.ts'

/** Before all tests: servers under test serve the page as its sources are now. */
export async function setup(): Promise<void> {
  await buildPageIfNeeded()
}
