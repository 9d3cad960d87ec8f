/** report.schema.json as a validator. */
import {readFileSync} from 'node:fs'
import {Ajv} from 'ajv'
import formats from 'ajv-formats'

const schema = JSON.parse(readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8'))
const ajv = new Ajv({allErrors: true, strict: true, allowUnionTypes: true})
formats.default(ajv)
const validate = ajv.compile(schema)

/** What is wrong with the document; [] when it is valid. */
export function validateReport(document: unknown): string[] {
  return validate(document) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

const validateLogs = ajv.compile({...schema.definitions.logReport, definitions: schema.definitions})

/** The same for `promfleet logs -o json`. */
export function validateLogReport(document: unknown): string[] {
  return validateLogs(document)
    ? []
    : (validateLogs.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

const validateLags = ajv.compile({...schema.definitions.lagReport, definitions: schema.definitions})

/** The same for `promfleet lag -o json`. */
export function validateLagReport(document: unknown): string[] {
  return validateLags(document)
    ? []
    : (validateLags.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

const validateProbes = ajv.compile({...schema.definitions.probeReport, definitions: schema.definitions})

/** The same for `promfleet probe -o json`. */
export function validateProbeReport(document: unknown): string[] {
  return validateProbes(document)
    ? []
    : (validateProbes.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}

const validateLabels = ajv.compile({...schema.definitions.labelsReport, definitions: schema.definitions})

/** The same for `promfleet labels -o json`. */
export function validateLabelsReport(document: unknown): string[] {
  return validateLabels(document)
    ? []
    : (validateLabels.errors ?? []).map(error => `${error.instancePath} ${error.message}`)
}
