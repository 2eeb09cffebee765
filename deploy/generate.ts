import { writeFileSync } from 'node:fs'
import { alertsFile } from './alerts.ts'
import { dashboardFile } from './dashboard.ts'

/** What is written into this folder, by name. */
export const DEPLOY_FILES: Readonly<Record<string, () => string>> = {
  'grafana-dashboard.json': dashboardFile,
  'prometheus-alerts.yaml': alertsFile
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(DEPLOY_FILES)) {
    writeFileSync(new URL(name, import.meta.url), content())
  }
}
