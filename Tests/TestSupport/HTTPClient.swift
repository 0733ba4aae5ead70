import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An HTTP/1.1 answer.
public struct HTTPAnswer: Sendable {
  public var status = 0
  /// Names are lower case.
  public var headers: [(name: String, value: String)] = []
  /// Without the marks of its chunks.
  public var body = ""

  public subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// As plain an HTTP/1.1 client as can be: a connection for every request, nothing retried, nothing interpreted.
public enum HTTPClient {
  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  /// Sends a request to a port of 127.0.0.1 and reads the answer to its end, or until its body has `lines` lines.
  public static func request(
    _ method: String, _ target: String, headers: [(String, String)] = [], body: String? = nil, to port: UInt16,
    lines: Int = .max
  ) async throws -> HTTPAnswer {
    var head = "\(method) \(target) HTTP/1.1\r\nConnection: close\r\n"
    if !headers.contains(where: { $0.0.lowercased() == "host" }) { head += "Host: 127.0.0.1:\(port)\r\n" }
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
    let request = Array((head + "\r\n" + (body ?? "")).utf8)
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try exchange(request, port: port, lines: lines) })
      }
    }
  }

  private static func exchange(_ request: [UInt8], port: UInt16, lines: Int) throws -> HTTPAnswer {
    #if canImport(Darwin)
      let stream = SOCK_STREAM
    #else
      let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Failure(description: "cannot connect to port \(port)") }
    var sent = 0
    while sent < request.count {
      let count = request[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      // A server may refuse before it has had everything; what it says is what counts.
      if count <= 0 { break }
      sent += count
    }
    var received: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      if count < 0 {
        throw Failure(description: "no answer within 30 s, but: \(String(decoding: received, as: UTF8.self))")
      }
      received += piece[..<count]
      let answer = HTTPAnswer(received)
      if let answer, count == 0 || answer.isComplete(received) || lineCount(answer) >= lines { return answer }
      if count == 0 { throw Failure(description: "closed without an answer") }
    }
  }

  private static func lineCount(_ answer: HTTPAnswer) -> Int { answer.body.utf8.count { $0 == UInt8(ascii: "\n") } }
}

extension HTTPAnswer {
  /// What has been received so far; nil before the head is there.
  fileprivate init?(_ bytes: [UInt8]) {
    guard let end = bytes.indexOfHeadEnd else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    status = Int(lines[0].split(separator: " ")[1]) ?? 0
    for line in lines.dropFirst() where !line.isEmpty {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers.append((parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""))
    }
    let content = Array(bytes[(end + 4)...])
    body = String(
      decoding: self["transfer-encoding"] == "chunked" ? Self.withoutChunks(content) : content, as: UTF8.self)
  }

  fileprivate func isComplete(_ bytes: [UInt8]) -> Bool {
    if let length = self["content-length"].flatMap(Int.init) { return body.utf8.count >= length }
    return false
  }

  private static func withoutChunks(_ bytes: [UInt8]) -> [UInt8] {
    var content: [UInt8] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\r")),
      let size = Int(String(decoding: rest[..<end], as: UTF8.self), radix: 16), size > 0
    {
      let chunk = rest[(end + 2)...].prefix(size)
      content += chunk
      rest = rest.dropFirst(end + 2 - rest.startIndex + size + 2)
    }
    return content
  }
}

extension [UInt8] {
  /// Where the empty line begins that ends a head.
  fileprivate var indexOfHeadEnd: Int? {
    guard count >= 4 else { return nil }
    let mark = Array("\r\n\r\n".utf8)
    return (0...(count - 4)).first { self[$0..<$0 + 4].elementsEqual(mark) }
  }
}
