/// A user's or a role's name. Names differ when their bytes do, and sort by them, as in etcd; two Swift strings are
/// equal already when they look alike.
struct Name: Hashable, Comparable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (a: Name, b: Name) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
  static func < (a: Name, b: Name) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

  func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
    hasher.combine(0xff as UInt8)
  }
}
