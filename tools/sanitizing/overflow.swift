// Writes one byte behind its memory: the address sanitizer must find it. `tools/test sanitize` builds it.
let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 8)
bytes.initialize(repeating: 0, count: 8)
bytes[7 + CommandLine.arguments.count] = 1
print("read \(bytes[7])")
