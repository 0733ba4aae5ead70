import EtcdAPI

extension Invocation {
  /// Prints a reply in the form that was asked for.
  func show(_ reply: Reply) throws(ShellError) {
    var out = ByteWriter()
    do {
      try replyWriter.write(reply, to: &out)
    } catch {
      throw ShellError(error.message, status: ExitStatus.badFeature)
    }
    console.write(out.bytes)
  }

  /// Refuses a form in which this kind of reply cannot be printed, before anything has been done.
  func checkFormat(for kind: Reply.Kind) throws(ShellError) {
    do {
      try format.check(canWrite: kind)
    } catch {
      throw ShellError(error.message, status: ExitStatus.badFeature)
    }
  }

  /// Prints something that has a line of its own in every form, as etcdctl does with results that are no response.
  func showLine(_ text: String) { console.write(text + "\n") }

  private var replyWriter: ReplyWriter {
    ReplyWriter(
      format: format, hex: isHex,
      terminal: console.isTerminal ? TerminalStyle(color: console.isColored && session.settings.isColored) : nil)
  }
}
