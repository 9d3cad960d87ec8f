/**
 * The two metadata functions of `Reflect` that tsyringe, below @peculiar/x509 2.x, insists on at import; nothing that the
 * lab uses of it needs more. Import it before x509.
 */
const metadata = new WeakMap<object, Map<unknown, unknown>>()
Object.assign(Reflect, {
  defineMetadata(key: unknown, value: unknown, target: object) {
    metadata.set(target, (metadata.get(target) ?? new Map<unknown, unknown>()).set(key, value))
  },
  getMetadata: (key: unknown, target: object) => metadata.get(target)?.get(key),
  getOwnMetadata: (key: unknown, target: object) => metadata.get(target)?.get(key),
})
