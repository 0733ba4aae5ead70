import Checksums

/// A CRC-32C of every page, kept in the file behind its freelist.
///
/// bbolt seals its meta pages only. We put our own table into pages that the freelist calls free, where bbolt neither
/// reads nor misses it:
///
///     | meta | meta | tree pages …… | freelist | table |
///                   '---------- covered ------'   magic 8 | transaction 8 | count 8 | own checksum 4 | checksums 4 each
///
/// As soon as etcd writes to the file the meta page's transaction is another, and the table says nothing any more.
struct PageChecksums: Equatable {
  static let magic = Array("etchsums".utf8)
  static let headerSize = 28
  /// The table covers pages from here on; the two before seal themselves.
  static let firstPage = 2

  var checksums: [UInt32] = []

  func bytes(transaction: UInt64) -> [UInt8] {
    var table: [UInt8] = []
    for checksum in checksums { table.append(number: checksum) }
    var bytes = Self.magic
    bytes.append(number: transaction)
    bytes.append(number: UInt64(checksums.count))
    bytes.append(number: CRC32C.checksum(bytes + table))
    return bytes + table
  }

  mutating func add(_ page: UnsafeRawBufferPointer) {
    var crc = CRC32C()
    crc.update(page)
    checksums.append(crc.value)
  }

  init() {}

  /// Reads a table; nil when there is none for this transaction.
  init?(_ bytes: [UInt8], transaction: UInt64) {
    guard bytes.count >= Self.headerSize, bytes.starts(with: Self.magic) else { return nil }
    let isFound = bytes.withUnsafeBytes { buffer in
      let count = buffer.number(at: 16, UInt64.self)
      guard buffer.number(at: 8, UInt64.self) == transaction, count <= (buffer.count - Self.headerSize) / 4 else {
        return false
      }
      let end = Self.headerSize + Int(count) * 4
      var crc = CRC32C()
      crc.update(UnsafeRawBufferPointer(rebasing: buffer[..<24]))
      crc.update(UnsafeRawBufferPointer(rebasing: buffer[Self.headerSize..<end]))
      guard crc.value == buffer.number(at: 24, UInt32.self) else { return false }
      checksums = stride(from: Self.headerSize, to: end, by: 4).map { buffer.number(at: $0, UInt32.self) }
      return true
    }
    guard isFound else { return nil }
  }
}
