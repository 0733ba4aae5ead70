extension Command {
  static let help = Command(
    "help", aliases: ["?"], group: .session, summary: "Lists the commands, or tells about one",
    parameters: [Parameter("command", .command, optional: true, repeated: true)],
    examples: ["help", "help lease grant", "help @keys"]
  ) { invocation in
    let page = try HelpPage(table: invocation.session.table).text(for: invocation.words)
    invocation.console.write(page)
  }
}
