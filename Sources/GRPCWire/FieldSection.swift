import NIOHPACK

/// The fields of one decoded header block, checked for what RFC 9113 (8.2, 8.3) demands of them.
struct FieldSection: Equatable {
  struct Field: Equatable {
    var name: String
    var value: String
  }

  var method: String?
  var scheme: String?
  var authority: String?
  var path: String?
  var status: Int?
  var fields: [Field] = []
  /// As SETTINGS_MAX_HEADER_LIST_SIZE counts it.
  var listSize = 0

  subscript(name: String) -> String? {
    fields.first { $0.name == name }?.value
  }

  /// The fields without those that gRPC itself uses: what a call's metadata is.
  var metadata: [(String, String)] {
    fields.lazy.filter { !Self.reserved.contains($0.name) && !$0.name.hasPrefix("grpc-") }.map { ($0.name, $0.value) }
  }

  private static let reserved: Set = ["te", "content-type", "user-agent"]

  init(_ headers: HPACKHeaders) throws(StreamError) {
    fields.reserveCapacity(headers.count)
    for (name, value, _) in headers {
      listSize += name.utf8.count + value.utf8.count + 32
      guard Self.isValid(value: value) else {
        throw StreamError(.protocolError, "field \(name) holds a control character")
      }
      if name.utf8.first == UInt8(ascii: ":") {
        guard fields.isEmpty else { throw StreamError(.protocolError, "\(name) after an ordinary field") }
        try set(name, value)
      } else {
        try Self.check(name, value)
        fields.append(Field(name: name, value: value))
      }
    }
  }

  private mutating func set(_ name: String, _ value: String) throws(StreamError) {
    let isNew: Bool
    switch name {
    case ":method": (isNew, method) = (method == nil, value)
    case ":scheme": (isNew, scheme) = (scheme == nil, value)
    case ":authority": (isNew, authority) = (authority == nil, value)
    case ":path": (isNew, path) = (path == nil, value)
    case ":status":
      guard value.utf8.count == 3, let number = Int(value), number >= 100 else {
        throw StreamError(.protocolError, "the status is '\(value)'")
      }
      (isNew, status) = (status == nil, number)
    default: throw StreamError(.protocolError, "unknown pseudo-field \(name)")
    }
    guard isNew else { throw StreamError(.protocolError, "\(name) twice") }
  }

  private static func check(_ name: String, _ value: String) throws(StreamError) {
    guard !name.isEmpty, name.utf8.allSatisfy(isValid(nameByte:)) else {
      throw StreamError(.protocolError, "'\(name)' is no field name")
    }
    switch name {
    case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
      throw StreamError(.protocolError, "field \(name) has no place in HTTP/2")
    case "te" where value != "trailers":
      throw StreamError(.protocolError, "te is '\(value)'")
    default: break
    }
  }

  private static func isValid(nameByte byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: ":"), 0x7f...: false
    default: true
    }
  }

  private static func isValid(value: String) -> Bool {
    value.utf8.allSatisfy { $0 != 0 && $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
  }

  /// A request's pseudo-fields all there and no other (8.3.1).
  func checkRequest() throws(StreamError) {
    guard let method, status == nil else { throw StreamError(.protocolError, "no request: :method is missing") }
    guard method == "CONNECT" || (scheme != nil && path?.isEmpty == false) else {
      throw StreamError(.protocolError, "no request: :scheme or :path is missing")
    }
  }

  /// A response's only pseudo-field is :status (8.3.2).
  func checkResponse() throws(StreamError) -> Int {
    guard let status, method == nil, scheme == nil, authority == nil, path == nil else {
      throw StreamError(.protocolError, "no response: :status is missing or not alone")
    }
    return status
  }

  func checkTrailers() throws(StreamError) {
    guard status == nil, method == nil, scheme == nil, authority == nil, path == nil else {
      throw StreamError(.protocolError, "trailers with pseudo-fields")
    }
  }
}
