import EtcdAPI
import Foundation
import GRPCWire
import NIOCore
import NIOPosix
import SwiftProtobuf

/// A server that is talked to call by call, without a client's help, and what it answers as text without what two
/// clusters cannot have in common.
struct RawPeer: Sendable {
  let connection: GRPCConnection

  static func connect(_ address: String) async throws -> RawPeer {
    let port = Int(address.split(separator: ":").last!)!
    let target = GRPCTarget(.host("127.0.0.1", port: port), authority: address)
    return RawPeer(
      connection: try await .connect(
        to: target, on: MultiThreadedEventLoopGroup.singleton.next(), timeout: .seconds(30)))
  }

  /// The response, or `code: text` of the status.
  func ask<Response: Message>(
    _ path: String, _ request: some Message, _: Response.Type, metadata: [(String, String)] = []
  ) async -> String {
    do throws(GRPCStatus) {
      let message = try await connection.unary(
        path: path, metadata: metadata, message: Self.bytes(request), timeout: .seconds(60))
      return Self.text(of: try! Response(serializedBytes: BufferBytes(message)))
    } catch {
      return "\(error.code): \(error.message)"
    }
  }

  /// The same with a message that may not be what the method takes.
  func ask(_ path: String, bytes: [UInt8]) async -> String {
    do throws(GRPCStatus) {
      let message = try await connection.unary(path: path, message: ByteBuffer(bytes: bytes), timeout: .seconds(60))
      return "\(Array(message.readableBytesView))"
    } catch {
      return "\(error.code): \(error.message)"
    }
  }

  static func bytes(_ message: some Message) -> ByteBuffer { (try! message.serializedBytes() as BufferBytes).buffer }

  static func text(of message: some Message) -> String {
    message.textFormatString()
      .replacing(/(cluster_id|member_id|memberID|leader|ID): \d{10,}/) { "\($0.output.1): …" }
  }
}

/// An open stream of raw messages.
struct RawStream<Request: Message, Response: Message & Sendable>: Sendable {
  let stream: GRPCStream

  static func open(_ path: String, on peer: RawPeer) async throws -> RawStream {
    RawStream(stream: try await peer.connection.open(path: path))
  }

  func send(_ request: Request) async throws { try await stream.send(RawPeer.bytes(request)) }

  func next() async throws -> Response? {
    guard let message = try await stream.next() else { return nil }
    return try Response(serializedBytes: BufferBytes(message))
  }

  /// The next responses as text.
  func texts(_ count: Int) async throws -> [String] {
    var texts: [String] = []
    for _ in 0..<count {
      guard let response = try await next() else { return texts + ["end"] }
      texts.append(RawPeer.text(of: response))
    }
    return texts
  }
}
