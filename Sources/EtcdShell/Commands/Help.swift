extension Command {
  static let help = Command(
    "help", aliases: ["?"], group: .session, summary: "Lists the commands, or tells about one",
    parameters: [Parameter("command", .command, optional: true, repeated: true)],
    examples: ["help", "help lease grant", "help @keys"]
  ) { invocation in
    let session = invocation.session
    if session.program != .etch,
      let page = EtcdctlHelp(table: session.table, program: session.program).text(for: invocation.words)
    {
      return invocation.console.write(page)
    }
    let page = try HelpPage(table: invocation.session.table).text(for: invocation.words)
    invocation.console.write(page)
  }
}
