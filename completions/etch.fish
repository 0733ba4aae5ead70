# fish completion for etch, written by `etch completions fish`.

# The words of the command line that are neither flags nor their values.
function __etch_words
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word --file -f --command -c --data-dir --nodes --listen --write-out -w --command-timeout --endpoints --cacert --cert --key --server-name --user --password --dial-timeout --keepalive-time --keepalive-timeout --discovery-srv -d --discovery-srv-name --rev --limit --order --sort-by --consistency --min-mod-rev --max-mod-rev --min-create-rev --max-create-rev --lease --ttl --if-rev --swap-with-value --swap-with-index --with-value --with-index --peer-urls
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __etch_at
    set -l words (__etch_words)
    test (count $words) -ge (count $argv); or return 1
    test (count $argv) = 0; or test "$words[1..$(count $argv)]" = "$argv"
end

function __etch_after
    set -l words (__etch_words)
    test (count $words) = (count $argv); and test "$words" = "$argv"
end

complete -c etch -f
complete -c etch -s f -l file -r -F -d 'run the commands in a file'
complete -c etch -s c -l command -x -d 'run this line; may be repeated'
complete -c etch -l keep-going -d 'go on after an error'
complete -c etch -l data-dir -r -F -d 'an embedded node that keeps its data in this folder'
complete -c etch -l version -d 'print the version'
complete -c etch -l nodes -x -d 'an embedded cluster of several nodes (not built yet)'
complete -c etch -l listen -x -d 'let other clients connect to the embedded node (not built yet)'
complete -c etch -s w -l write-out -x -a 'simple fields json protobuf table ndjson' -d 'set the output format'
complete -c etch -l hex -d 'print byte strings as hex encoded strings'
complete -c etch -l command-timeout -x -d 'timeout for a short command, without the time to connect'
complete -c etch -s h -l help -d 'help for the command'
complete -c etch -l endpoints -x -d 'addresses of the nodes, separated by commas'
complete -c etch -l cacert -r -F -d 'verify certificates of TLS servers with this CA bundle'
complete -c etch -l cert -r -F -d 'identify this client with this TLS certificate file'
complete -c etch -l key -r -F -d 'identify this client with this TLS key file'
complete -c etch -l server-name -x -d 'name expected in the TLS server\'s certificate instead of the endpoint\'s host'
complete -c etch -l user -x -d 'username[:password] for authentication; asked for when the password is missing'
complete -c etch -l password -x -d 'password for authentication'
complete -c etch -l dial-timeout -x -d 'timeout for connecting to a node'
complete -c etch -l keepalive-time -x -d 'time after which a silent connection is probed'
complete -c etch -l keepalive-timeout -x -d 'time after which a probed connection is given up'
complete -c etch -l insecure-skip-tls-verify -d 'do not verify the server\'s certificate (only for tests)'
complete -c etch -l insecure-transport -d 'allow connections without TLS'
complete -c etch -l insecure-discovery -d 'accept insecure SRV records (not supported)'
complete -c etch -s d -l discovery-srv -x -d 'domain name to query for SRV records (not supported)'
complete -c etch -l discovery-srv-name -x -d 'service name to query when using DNS discovery (not supported)'
complete -c etch -l debug -d 'tell on standard error of every call to a remote node'
complete -c etch -n '__etch_after' -a 'get' -d 'Gets the key or a range of keys'
complete -c etch -n '__etch_after' -a 'put' -d 'Puts the given key into the store'
complete -c etch -n '__etch_after' -a 'del' -d 'Removes the specified key or range of keys'
complete -c etch -n '__etch_after' -a 'txn' -d 'Processes all the requests in one transaction'
complete -c etch -n '__etch_after' -a 'set' -d 'Sets the value of a key, and prints it'
complete -c etch -n '__etch_after' -a 'mk' -d 'Makes a new key, and prints its value'
complete -c etch -n '__etch_after' -a 'update' -d 'Changes the value of an existing key, and prints it'
complete -c etch -n '__etch_after' -a 'rm' -d 'Removes a key, or with --recursive a directory'
complete -c etch -n '__etch_after' -a 'ls' -d 'Lists a directory: the keys and directories right below it'
complete -c etch -n '__etch_after' -a 'mkdir' -d 'Checks that a directory can be made; directories exist by what is in them'
complete -c etch -n '__etch_after' -a 'rmdir' -d 'Checks that a directory is empty; an empty directory does not exist'
complete -c etch -n '__etch_after' -a 'watch' -d 'Watches events stream on keys or prefixes'
complete -c etch -n '__etch_after' -a 'lease' -d 'grant, revoke, timetolive, list, keep-alive'
complete -c etch -n '__etch_after lease' -a 'grant' -d 'Creates leases'
complete -c etch -n '__etch_after lease' -a 'revoke' -d 'Revokes leases'
complete -c etch -n '__etch_after lease' -a 'timetolive' -d 'Gets lease information'
complete -c etch -n '__etch_after lease' -a 'list' -d 'Lists all active leases'
complete -c etch -n '__etch_after lease' -a 'keep-alive' -d 'Keeps leases alive (renew)'
complete -c etch -n '__etch_after' -a 'member' -d 'list, add, remove, update, promote'
complete -c etch -n '__etch_after member' -a 'list' -d 'Lists all members in the cluster'
complete -c etch -n '__etch_after member' -a 'add' -d 'Adds a member into the cluster'
complete -c etch -n '__etch_after member' -a 'remove' -d 'Removes a member from the cluster'
complete -c etch -n '__etch_after member' -a 'update' -d 'Updates a member in the cluster'
complete -c etch -n '__etch_after member' -a 'promote' -d 'Promotes a non-voting member in the cluster'
complete -c etch -n '__etch_after' -a 'move-leader' -d 'Transfers leadership to another etcd cluster member'
complete -c etch -n '__etch_after' -a 'endpoint' -d 'health, status, hashkv'
complete -c etch -n '__etch_after endpoint' -a 'health' -d 'Checks the healthiness of endpoints'
complete -c etch -n '__etch_after endpoint' -a 'status' -d 'Prints out the status of endpoints'
complete -c etch -n '__etch_after endpoint' -a 'hashkv' -d 'Prints the KV history hash for each endpoint'
complete -c etch -n '__etch_after' -a 'cluster-health' -d 'Checks the health of every member, and of the cluster'
complete -c etch -n '__etch_after' -a 'compaction' -d 'Compacts the event history in etcd'
complete -c etch -n '__etch_after' -a 'defrag' -d 'Defragments the storage of the etcd members with given endpoints'
complete -c etch -n '__etch_after' -a 'snapshot' -d 'save, status'
complete -c etch -n '__etch_after snapshot' -a 'save' -d 'Stores an etcd node backend snapshot to a given file'
complete -c etch -n '__etch_after snapshot' -a 'status' -d 'Gets backend snapshot status of a given file'
complete -c etch -n '__etch_after' -a 'alarm' -d 'list, disarm'
complete -c etch -n '__etch_after alarm' -a 'list' -d 'Lists all alarms'
complete -c etch -n '__etch_after alarm' -a 'disarm' -d 'Disarms all alarms'
complete -c etch -n '__etch_after' -a 'time' -d 'Runs a command and tells how long it took'
complete -c etch -n '__etch_after' -a 'echo' -d 'Prints its words'
complete -c etch -n '__etch_after' -a 'version' -d 'Prints the version of etch'
complete -c etch -n '__etch_after' -a 'help' -d 'Lists the commands, or tells about one'
complete -c etch -n '__etch_at get' -l prefix -d 'get keys with matching prefix'
complete -c etch -n '__etch_at get' -l from-key -d 'get keys that are greater than or equal to the given key using byte compare'
complete -c etch -n '__etch_at get' -l rev -x -d 'specify the kv revision'
complete -c etch -n '__etch_at get' -l limit -x -d 'maximum number of results'
complete -c etch -n '__etch_at get' -l order -x -a 'ASCEND DESCEND' -d 'order of results'
complete -c etch -n '__etch_at get' -l sort-by -x -a 'CREATE KEY MODIFY VALUE VERSION' -d 'sort target'
complete -c etch -n '__etch_at get' -l keys-only -d 'get only the keys'
complete -c etch -n '__etch_at get' -l count-only -d 'get only the count (with -w fields)'
complete -c etch -n '__etch_at get' -l consistency -x -a 'l s' -d 'linearizable (l) or serializable (s)'
complete -c etch -n '__etch_at get' -l min-mod-rev -x -d 'leave out keys modified before this revision'
complete -c etch -n '__etch_at get' -l max-mod-rev -x -d 'leave out keys modified after this revision'
complete -c etch -n '__etch_at get' -l min-create-rev -x -d 'leave out keys created before this revision'
complete -c etch -n '__etch_at get' -l max-create-rev -x -d 'leave out keys created after this revision'
complete -c etch -n '__etch_at get' -l print-value-only -d 'only write values when using the "simple" output format'
complete -c etch -n '__etch_at get' -l missing-ok -d 'a missing key is no error'
complete -c etch -n '__etch_at put' -l lease -x -d 'lease ID (in hexadecimal) to attach to the key'
complete -c etch -n '__etch_at put' -l prev-kv -d 'return the previous key-value pair before modification'
complete -c etch -n '__etch_at put' -l ignore-value -d 'updates the key using its current value'
complete -c etch -n '__etch_at put' -l ignore-lease -d 'updates the key using its current lease'
complete -c etch -n '__etch_at put' -l ttl -x -d 'attach a new lease of this time to live'
complete -c etch -n '__etch_at put' -l if-absent -d 'only when the key does not exist'
complete -c etch -n '__etch_at put' -l if-rev -x -d 'only when the key was last modified at this revision'
complete -c etch -n '__etch_at del' -l prefix -d 'delete keys with matching prefix'
complete -c etch -n '__etch_at del' -l from-key -d 'delete keys that are greater than or equal to the given key using byte compare'
complete -c etch -n '__etch_at del' -l prev-kv -d 'return deleted key-value pairs'
complete -c etch -n '__etch_at del' -l range -d 'two keys are a range: delete from the first up to, not including, the second'
complete -c etch -n '__etch_at txn' -s i -l interactive -d 'print a heading before each part, as etcdctl does'
complete -c etch -n '__etch_at set' -l ttl -x -d 'attach a new lease of this time to live'
complete -c etch -n '__etch_at set' -l swap-with-value -x -d 'only when the key has this value'
complete -c etch -n '__etch_at set' -l swap-with-index -x -d 'only when the key was last modified at this revision'
complete -c etch -n '__etch_at mk' -l ttl -x -d 'attach a new lease of this time to live'
complete -c etch -n '__etch_at update' -l ttl -x -d 'attach a new lease of this time to live'
complete -c etch -n '__etch_at rm' -s r -l recursive -d 'remove the key and everything below it'
complete -c etch -n '__etch_at rm' -l with-value -x -d 'only when the key has this value'
complete -c etch -n '__etch_at rm' -l with-index -x -d 'only when the key was last modified at this revision'
complete -c etch -n '__etch_at ls' -s r -l recursive -d 'list every key below the directory'
complete -c etch -n '__etch_at watch' -l prefix -d 'watch on a prefix'
complete -c etch -n '__etch_at watch' -l rev -x -d 'revision to start watching'
complete -c etch -n '__etch_at watch' -l prev-kv -d 'get the previous key-value pair before the event happens'
complete -c etch -n '__etch_at watch' -l progress-notify -d 'get periodic watch progress notification from server'
complete -c etch -n '__etch_at lease timetolive' -l keys -d 'get keys attached to this lease'
complete -c etch -n '__etch_at lease keep-alive' -l once -d 'renew the lease once and leave'
complete -c etch -n '__etch_at member add' -l peer-urls -x -d 'comma separated peer URLs for the new member'
complete -c etch -n '__etch_at member add' -l learner -d 'indicates if the new member is raft learner'
complete -c etch -n '__etch_at member update' -l peer-urls -x -d 'comma separated peer URLs for the updated member'
complete -c etch -n '__etch_at endpoint health' -l cluster -d 'use all endpoints from the cluster member list'
complete -c etch -n '__etch_at endpoint status' -l cluster -d 'use all endpoints from the cluster member list'
complete -c etch -n '__etch_at endpoint hashkv' -l cluster -d 'use all endpoints from the cluster member list'
complete -c etch -n '__etch_at endpoint hashkv' -l rev -x -d 'maximum revision to hash (default: all revisions)'
complete -c etch -n '__etch_at compaction' -l physical -d 'wait for compaction to physically remove all old revisions'
complete -c etch -n '__etch_at defrag' -l cluster -d 'use all endpoints from the cluster member list'
complete -c etch -n '__etch_at snapshot save' -F
complete -c etch -n '__etch_at snapshot status' -F
