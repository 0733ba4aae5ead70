/// What `etch --help` prints.
struct UsagePage {
  let table: CommandTable

  var text: String {
    """
    etch - the shell for etcd

      etch                          a prompt on a node in memory, or on ETCDCTL_ENDPOINTS if set
      etch --data-dir DIR           a prompt on a node that keeps its data in DIR
      etch --listen URL             the same, and other clients can connect to the node
      etch --endpoints A,B,C        a prompt on remote nodes
      etch serve [flags]            a node as its own process, with etcd's flags (etch serve --help)
      etch -f FILE, etch < FILE     a script
      etch -c 'LINE' [-c 'LINE']    a script of these lines
      etch COMMAND [flags] [words]  one command, as etcdctl does it
      etch completions bash|zsh|fish  a completion script for that shell

    Flags
    \(HelpPage.table(of: Launch.ownFlags + GlobalFlags.all))
    Each connection flag is also a variable: --endpoints is ETCDCTL_ENDPOINTS. The flag wins.


    """ + HelpPage(table: table).overview()
  }
}
