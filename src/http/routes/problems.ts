import { Type } from 'typebox'
import { PROBLEMS } from '../problems.ts'
import type { RouteApp } from '../route-app.ts'

const ProblemsSchema = Type.Array(
  Type.Object({
    code: Type.String({ description: 'Stable name; `type` of a problem ends in it', examples: ['unknownChannel'] }),
    status: Type.Integer({ description: 'The HTTP status', examples: [404] }),
    title: Type.String()
  }),
  { description: 'Every problem this server answers with' }
)

/** What the `type` of every problem points at. */
export function addProblemRoutes(app: RouteApp): void {
  app.get(
    '/api/problems',
    { schema: { tags: ['operations'], summary: 'The table of problems', response: { 200: ProblemsSchema } } },
    () => Object.entries(PROBLEMS).map(([code, problem]) => ({ code, ...problem }))
  )
}
