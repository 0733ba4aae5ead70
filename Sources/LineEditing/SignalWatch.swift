import Dispatch

/// Calls an action, on some thread, each time a signal arrives; until it goes away.
///
/// Unchecked: a dispatch source may be used from any thread, it is only not declared so.
final class SignalWatch: @unchecked Sendable {
  private let source: any DispatchSourceSignal

  init(_ number: Int32, action: @escaping @Sendable () -> Void) {
    source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "signal \(number)"))
    source.setEventHandler(handler: action)
    source.activate()
  }

  deinit { source.cancel() }
}
