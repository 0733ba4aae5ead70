import NIOCore
import NIOHPACK

/// Both directions of a connection's header compression.
///
/// A connection says the same few headers again and again. After the first time HPACK writes them as indices into its
/// table, and a block that adds nothing to the table means the same until one comes that does. So such blocks are
/// remembered: one comparison instead of a walk over the tables.
struct HeaderBlocks {
  private var encoder = HPACKEncoder(allocator: ByteBufferAllocator())
  private var decoder: HPACKDecoder
  private var encoded: [(fields: HeaderList, block: ByteBuffer)] = []
  private var decoded: [(block: ByteBuffer, section: FieldSection)] = []

  init(limits: Limits) {
    decoder = HPACKDecoder(
      allocator: ByteBufferAllocator(), maxDynamicTableSize: Settings().headerTableSize,
      maxHeaderListSize: limits.maxHeaderListSize * 4)
  }

  /// What a slow or hostile peer cannot make us keep: our table stays at the RFC's 4 KiB, however large the peer allows.
  mutating func resizeEncoderTable(_ size: Int) {
    try! encoder.setDynamicTableSize(min(size, Settings().headerTableSize))
    encoded.removeAll()
  }

  mutating func encode(_ list: HeaderList) -> ByteBuffer {
    if let known = encoded.first(where: { $0.fields == list }) { return known.block }
    var headers = HPACKHeaders()
    headers.reserveCapacity(list.fields.count)
    for field in list.fields {
      headers.add(name: field.name, value: field.value, indexing: field.isSecret ? .neverIndexed : .indexable)
    }
    var block = ByteBuffer()
    // The encoder throws only for tables and states of its own that don't occur here.
    try! encoder.encode(headers: headers, to: &block)
    if HPACKBlock.changesTable(block) {
      encoded.removeAll(keepingCapacity: true)
    } else {
      if encoded.count == Self.remembered { encoded.removeFirst() }
      encoded.append((list, block))
    }
    return block
  }

  /// Throws an HTTP2Error when the compression state is lost, a StreamError when only this section is bad.
  mutating func decode(_ block: ByteBuffer) throws -> FieldSection {
    if let known = decoded.first(where: { $0.block == block }) { return known.section }
    let headers: HPACKHeaders
    do {
      var rest = block
      headers = try decoder.decodeHeaders(from: &rest)
    } catch is NIOHPACKErrors.MaxHeaderListSizeViolation {
      throw HTTP2Error(.enhanceYourCalm, "a header list of over \(decoder.maxHeaderListSize) bytes")
    } catch {
      throw HTTP2Error(.compressionError, "a header block cannot be decoded: \(error)")
    }
    let changesTable = HPACKBlock.changesTable(block)
    if changesTable { decoded.removeAll(keepingCapacity: true) }
    let section = try FieldSection(headers)
    if !changesTable, block.readableBytes <= Self.rememberedSize {
      if decoded.count == Self.remembered { decoded.removeFirst() }
      // A copy: the block is a slice of a read buffer, which it would keep alive.
      decoded.append((ByteBuffer(buffer: block), section))
    }
    return section
  }

  private static let remembered = 4
  private static let rememberedSize = 512
}

/// The fields of a block to be sent, pseudo-fields first.
struct HeaderList: Equatable {
  struct Field: Equatable {
    var name: String
    var value: String
    /// Kept out of the compression table, whose hits an eavesdropper could measure (RFC 7541, 7.1).
    var isSecret = false
  }

  var fields: [Field] = []

  mutating func append(_ name: String, _ value: String) {
    fields.append(Field(name: name, value: value))
  }

  mutating func append(metadata: [(String, String)]) {
    for (name, value) in metadata {
      fields.append(Field(name: name, value: value, isSecret: name == "token" || name == "authorization"))
    }
  }

  var listSize: Int {
    fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
  }
}

/// Reads HPACK's representations (RFC 7541, 6) without decoding them.
enum HPACKBlock {
  /// Whether a valid block adds to the compression table or resizes it.
  static func changesTable(_ block: ByteBuffer) -> Bool {
    var rest = block.readableBytesView
    while let first = rest.first {
      if first & 0x80 != 0 {
        guard skipInteger(&rest, prefixBits: 7) != nil else { return true }
      } else if first & 0xe0 == 0 {
        guard let index = skipInteger(&rest, prefixBits: 4) else { return true }
        for _ in 0..<(index == 0 ? 2 : 1) {
          guard let length = skipInteger(&rest, prefixBits: 7), length <= rest.count else { return true }
          rest = rest.dropFirst(length)
        }
      } else {
        return true
      }
    }
    return false
  }

  private static func skipInteger(_ bytes: inout ByteBufferView, prefixBits: UInt8) -> Int? {
    guard let first = bytes.popFirst() else { return nil }
    let mask = UInt8((1 << prefixBits) - 1)
    var value = Int(first & mask)
    guard first & mask == mask else { return value }
    var shift = 0
    while let byte = bytes.popFirst() {
      guard shift < 28 else { return nil }
      value += Int(byte & 0x7f) << shift
      guard byte & 0x80 != 0 else { return value }
      shift += 7
    }
    return nil
  }
}
