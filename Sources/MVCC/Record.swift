#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A point in the store's history: a transaction has one main revision, each write in it a sub revision from 0.
public struct Revision: Hashable, Comparable, Sendable {
  public var main: Int64
  public var sub: Int64

  public init(main: Int64, sub: Int64) {
    self.main = main
    self.sub = sub
  }

  public static func < (a: Revision, b: Revision) -> Bool { a.main != b.main ? a.main < b.main : a.sub < b.sub }
}

/// What happened to one key at one revision: a value was put, or the key was deleted (a tombstone). Immutable.
///
/// One allocation holds everything, and all of the store's orders share it:
///
///     [ object header | revision, create, version, lease, sizes | key bytes | value bytes ]
public struct Record: @unchecked Sendable {
  @usableFromInline
  struct Fields {
    var main: Int64
    var create: Int64
    /// 0 in a tombstone, from 1 in a put.
    var version: Int64
    var lease: Int64
    var sub: UInt32
    var keyCount: UInt32
    var valueCount: UInt32
  }

  let storage: ManagedBuffer<Fields, UInt8>

  /// - Parameter version: 0 makes a tombstone, which has neither value, create revision nor lease.
  public init(
    revision: Revision, key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, createRevision: Int64,
    version: Int64, lease: Int64
  ) {
    let fields = Fields(
      main: revision.main, create: createRevision, version: version, lease: lease, sub: UInt32(revision.sub),
      keyCount: UInt32(key.count), valueCount: UInt32(value.count))
    storage = ManagedBuffer<Fields, UInt8>.create(minimumCapacity: key.count + value.count) { _ in fields }
    storage.withUnsafeMutablePointerToElements { bytes in
      if let base = key.baseAddress { memcpy(bytes, base, key.count) }
      if let base = value.baseAddress { memcpy(bytes + key.count, base, value.count) }
    }
  }

  static func tombstone(of key: UnsafeRawBufferPointer, at revision: Revision) -> Record {
    Record(
      revision: revision, key: key, value: UnsafeRawBufferPointer(start: nil, count: 0), createRevision: 0, version: 0,
      lease: 0)
  }

  public var revision: Revision { Revision(main: storage.header.main, sub: Int64(storage.header.sub)) }
  /// The main revision of this change; for a put it is the key's mod revision.
  public var modRevision: Int64 { storage.header.main }
  /// The main revision of the put that began this life of the key; 0 in a tombstone.
  public var createRevision: Int64 { storage.header.create }
  /// How many times the key was put since it was created; 0 in a tombstone.
  public var version: Int64 { storage.header.version }
  public var lease: Int64 { storage.header.lease }
  public var isTombstone: Bool { storage.header.version == 0 }
  public var keyCount: Int { Int(storage.header.keyCount) }
  public var valueCount: Int { Int(storage.header.valueCount) }

  /// About how many bytes of a backend file the record takes: a pair with its element on the page, and whole pages when
  /// it does not fit on one.
  ///
  ///     [ element 16 | revision 17 | numbers and tags, about 19 | key | value ]
  public var fileByteCount: Int {
    let size = 52 + keyCount + valueCount
    let page = 4096
    return size <= page - 16 ? size : (size + 16 + page - 1) / page * page
  }

  /// The key's bytes, valid within the closure.
  @inline(__always)
  public func withKey<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    let (fields, bytes) = storage.withUnsafeMutablePointers { ($0, $1) }
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeRawBufferPointer(start: bytes, count: Int(fields.pointee.keyCount)))
  }

  /// The value's bytes, valid within the closure; none in a tombstone.
  @inline(__always)
  public func withValue<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    let (fields, bytes) = storage.withUnsafeMutablePointers { ($0, $1) }
    defer { withExtendedLifetime(storage) {} }
    return try body(
      UnsafeRawBufferPointer(start: bytes + Int(fields.pointee.keyCount), count: Int(fields.pointee.valueCount)))
  }

  /// Bytewise order of the values.
  public func hasLesserValue(than other: Record) -> Bool {
    withValue { a in other.withValue { compareBytes(a, $0) < 0 } }
  }

  /// Whether both are the very same record in memory.
  public static func === (a: Record, b: Record) -> Bool { a.storage === b.storage }
}

/// Bytewise order, a shorter key before its extensions: negative, zero or positive as `a` is before, at or after `b`.
@inline(__always)
func compareBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
  let shared = min(a.count, b.count)
  if shared > 0 {
    let order = memcmp(a.baseAddress!, b.baseAddress!, shared)
    if order != 0 { return Int(order) }
  }
  return a.count - b.count
}
