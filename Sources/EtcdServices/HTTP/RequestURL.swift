/// The path and the query of a request, as Go's net/http sees them.
///
///     //health?exclude=NOSPACE&x   path "//health", decoded; query exclude = ["NOSPACE"], x = [""]
struct RequestURL {
  /// Decoded.
  var path: String
  private var rawQuery: Substring?

  init(_ target: String) {
    var rest = target[...]
    // A proxy's request names the server as well.
    if let scheme = rest.range(of: "://"), let slash = rest[scheme.upperBound...].firstIndex(of: "/"),
      !rest.hasPrefix("/")
    {
      rest = rest[slash...]
    }
    let mark = rest.firstIndex(of: "?")
    path = Self.percentDecoded(rest[..<(mark ?? rest.endIndex)], plusIsSpace: false) ?? String(rest)
    rawQuery = mark.map { rest[rest.index(after: $0)...] }
  }

  /// The values given to a name, in order; what is not well formed is as good as absent.
  func values(_ name: String) -> [String] {
    var values: [String] = []
    for pair in rawQuery?.split(separator: "&") ?? [] {
      let equals = pair.firstIndex(of: "=")
      guard Self.percentDecoded(pair[..<(equals ?? pair.endIndex)], plusIsSpace: true) == name,
        let value = Self.percentDecoded(equals.map { pair[pair.index(after: $0)...] } ?? "", plusIsSpace: true)
      else { continue }
      values.append(value)
    }
    return values
  }

  /// Where Go would redirect to: the path without `.`, `..` and doubled slashes, with its query; nil when it is clean.
  var cleaned: String? {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." {
        _ = parts.popLast()
      } else {
        parts.append(part)
      }
    }
    let clean = "/" + parts.joined(separator: "/") + (path.hasSuffix("/") && !parts.isEmpty ? "/" : "")
    return clean == path ? nil : withQuery(clean)
  }

  func withQuery(_ path: String) -> String {
    path + (rawQuery.map { "?\($0)" } ?? "")
  }

  private static func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        guard let high = rest.popFirst()?.hexValue, let low = rest.popFirst()?.hexValue else { return nil }
        bytes.append(UInt8(high << 4 | low))
      } else {
        bytes.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Substring {
  /// Without Foundation.
  fileprivate func range(of needle: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
