import Logging

/// Writes log lines as etcd's logger does, so that what reads etcd's logs reads these.
///
///     json     {"level":"info","ts":"2021-11-24T16:07:19.123Z","caller":"EtcdServer/EtcdNode.swift:12","msg":"…","key":…}
///     console  2021-11-24T16:07:19.123Z	info	EtcdServer/EtcdNode.swift:12	…	{"key":…}
///
/// Keys come sorted: a `Logger.Metadata` has no order of its own.
public struct ZapLogHandler: LogHandler {
  public enum Format: String, Sendable {
    case json, console
  }

  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  public var logLevel: Logger.Level
  private let format: Format
  private let sink: LogSink

  init(to sink: LogSink, format: Format = .json, logLevel: Logger.Level = .info) {
    self.sink = sink
    self.format = format
    self.logLevel = logLevel
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
    if let own = event.metadata { all.merge(own) { $1 } }
    if let error = event.error { all["error"] = "\(error)" }
    sink.write(
      LogLine(
        level: event.level, time: .now, caller: "\(event.file):\(event.line)", message: "\(event.message)",
        metadata: all
      ).bytes(format))
  }
}
