// @ts-check
/** The element of this page with the id. @param {string} id */
export function element(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`index.html has no element with the id ${id}`)
  return found
}
