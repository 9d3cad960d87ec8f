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
