import type { CounterName } from '../src/telemetry/counters.ts'
import { counterMetric, type GaugeName, gaugeMetric, type ProcessMetricName } from '../src/telemetry/metric-tables.ts'

/** The exposed name of a counter that there is: the compiler knows them all. */
export const counter = (name: CounterName): string => counterMetric(name)

/** The exposed name of a gauge that there is. */
export const gauge = (name: GaugeName): string => gaugeMetric(name)

/** The name of a metric of the process that there is. */
export const processMetric = (name: ProcessMetricName): string => name
