import Synchronization

/// How far a long piece of work is, drawn over itself on a terminal and nowhere else.
///
///      12 / 60 [=======>                                ]  20%
final class ProgressBar: Sendable {
  private struct State {
    var count = 0
    /// Of a hundred; what was drawn last.
    var drawn = -1
  }

  private let console: Console
  private let total: Int
  private let state = Mutex(State())
  private static let width = 40

  init(on console: Console, total: Int) {
    self.console = console
    self.total = max(1, total)
    draw(advancingBy: 0)
  }

  /// From any thread.
  func advance() { draw(advancingBy: 1) }

  /// Takes the bar away.
  func end() {
    guard console.isTerminal else { return }
    console.writeError("\r\u{1b}[K")
  }

  private func draw(advancingBy step: Int) {
    guard console.isTerminal else { return }
    let count: Int? = state.withLock { state in
      state.count = min(total, state.count + step)
      let percent = state.count * 100 / total
      guard percent != state.drawn else { return nil }
      state.drawn = percent
      return state.count
    }
    guard let count else { return }
    let filled = count * Self.width / total
    let bar = String(repeating: "=", count: filled) + (filled < Self.width ? ">" : "")
    let padded = bar + String(repeating: " ", count: max(0, Self.width - bar.count))
    console.writeError("\r \(count) / \(total) [\(padded)] \(count * 100 / total)%")
  }
}
