# bash completion for etch, written by `etch completions bash`.

_etch() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} first= second= index
  local everywhere='--write-out --hex --command-timeout --help --endpoints --cacert --cert --key --server-name --user --password --dial-timeout --keepalive-time --keepalive-timeout --insecure-skip-tls-verify --insecure-transport --insecure-discovery --discovery-srv --discovery-srv-name --debug'
  for ((index = 1; index < COMP_CWORD; index++)); do
    case ${COMP_WORDS[index]} in
      --file|-f|--command|-c|--data-dir|--from-snapshot|--nodes|--listen|--write-out|-w|--command-timeout|--endpoints|--cacert|--cert|--key|--server-name|--user|--password|--dial-timeout|--keepalive-time|--keepalive-timeout|--discovery-srv|-d|--discovery-srv-name|--rev|--limit|--order|--sort-by|--consistency|--min-mod-rev|--max-mod-rev|--min-create-rev|--max-create-rev|--lease|--ttl|--if-rev|--swap-with-value|--swap-with-index|--with-value|--with-index|--peer-urls|--new-user-password|--wal-dir|--name|--initial-cluster|--initial-cluster-token|--initial-advertise-peer-urls|--prefix|--dest-prefix|--dest-cert|--dest-key|--dest-cacert|--dest-user|--dest-password|--load) ((index++)) ;;
      -*) ;;
      *)
        if [[ -z $first ]]; then first=${COMP_WORDS[index]}; else second=${COMP_WORDS[index]}; break; fi ;;
    esac
  done
  case $previous in
    --write-out|-w) _etch_words 'simple fields json protobuf table ndjson'; return ;;
    --order) _etch_words 'ASCEND DESCEND'; return ;;
    --sort-by) _etch_words 'CREATE KEY MODIFY VALUE VERSION'; return ;;
    --consistency) _etch_words 'l s'; return ;;
    --load) _etch_words 's small m medium l large xl xLarge'; return ;;
    --file|-f|--data-dir|--from-snapshot|--cacert|--cert|--key|--wal-dir|--dest-cert|--dest-key|--dest-cacert) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --command|-c|--nodes|--listen|--command-timeout|--endpoints|--server-name|--user|--password|--dial-timeout|--keepalive-time|--keepalive-timeout|--discovery-srv|-d|--discovery-srv-name|--rev|--limit|--min-mod-rev|--max-mod-rev|--min-create-rev|--max-create-rev|--lease|--ttl|--if-rev|--swap-with-value|--swap-with-index|--with-value|--with-index|--peer-urls|--new-user-password|--name|--initial-cluster|--initial-cluster-token|--initial-advertise-peer-urls|--prefix|--dest-prefix|--dest-user|--dest-password) return ;;
  esac
  case $first,$second in
    ,)
      if [[ $current == -* ]]; then _etch_words "--file --command --keep-going --data-dir --from-snapshot --version --nodes --listen $everywhere"
      else _etch_words 'get put del txn set mk update rm ls mkdir rmdir watch lease lock elect member move-leader endpoint cluster-health auth user role compaction defrag snapshot alarm make-mirror check time echo version help'; fi
      return ;;
    lease,) _etch_words 'grant revoke timetolive list keep-alive'; return ;;
    member,) _etch_words 'list add remove update promote'; return ;;
    endpoint,) _etch_words 'health status hashkv'; return ;;
    auth,) _etch_words 'enable disable status'; return ;;
    user,) _etch_words 'add delete get list passwd grant-role revoke-role'; return ;;
    role,) _etch_words 'add delete get list grant-permission revoke-permission'; return ;;
    snapshot,) _etch_words 'save status restore'; return ;;
    alarm,) _etch_words 'list disarm'; return ;;
    check,) _etch_words 'perf datascale'; return ;;
  esac
  case $first,$second in
    get,*)
      if [[ $current == -* ]]; then _etch_words "--prefix --from-key --rev --limit --order --sort-by --keys-only --count-only --consistency --min-mod-rev --max-mod-rev --min-create-rev --max-create-rev --print-value-only --missing-ok $everywhere"; fi ;;
    put,*)
      if [[ $current == -* ]]; then _etch_words "--lease --prev-kv --ignore-value --ignore-lease --ttl --if-absent --if-rev $everywhere"; fi ;;
    del,*)
      if [[ $current == -* ]]; then _etch_words "--prefix --from-key --prev-kv --range $everywhere"; fi ;;
    txn,*)
      if [[ $current == -* ]]; then _etch_words "--interactive $everywhere"; fi ;;
    set,*)
      if [[ $current == -* ]]; then _etch_words "--ttl --swap-with-value --swap-with-index $everywhere"; fi ;;
    mk,*)
      if [[ $current == -* ]]; then _etch_words "--ttl $everywhere"; fi ;;
    update,*)
      if [[ $current == -* ]]; then _etch_words "--ttl $everywhere"; fi ;;
    rm,*)
      if [[ $current == -* ]]; then _etch_words "--recursive --with-value --with-index $everywhere"; fi ;;
    ls,*)
      if [[ $current == -* ]]; then _etch_words "--recursive $everywhere"; fi ;;
    mkdir,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    rmdir,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    watch,*)
      if [[ $current == -* ]]; then _etch_words "--interactive --prefix --rev --prev-kv --progress-notify $everywhere"; fi ;;
    lease,grant)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    lease,revoke)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    lease,timetolive)
      if [[ $current == -* ]]; then _etch_words "--keys $everywhere"; fi ;;
    lease,list)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    lease,keep-alive)
      if [[ $current == -* ]]; then _etch_words "--once $everywhere"; fi ;;
    lock,*)
      if [[ $current == -* ]]; then _etch_words "--ttl $everywhere"; fi ;;
    elect,*)
      if [[ $current == -* ]]; then _etch_words "--listen $everywhere"; fi ;;
    member,list)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    member,add)
      if [[ $current == -* ]]; then _etch_words "--peer-urls --learner $everywhere"; fi ;;
    member,remove)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    member,update)
      if [[ $current == -* ]]; then _etch_words "--peer-urls $everywhere"; fi ;;
    member,promote)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    move-leader,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    endpoint,health)
      if [[ $current == -* ]]; then _etch_words "--cluster $everywhere"; fi ;;
    endpoint,status)
      if [[ $current == -* ]]; then _etch_words "--cluster $everywhere"; fi ;;
    endpoint,hashkv)
      if [[ $current == -* ]]; then _etch_words "--cluster --rev $everywhere"; fi ;;
    cluster-health,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    auth,enable)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    auth,disable)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    auth,status)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    user,add)
      if [[ $current == -* ]]; then _etch_words "--interactive --new-user-password --no-password $everywhere"; fi ;;
    user,delete)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    user,get)
      if [[ $current == -* ]]; then _etch_words "--detail $everywhere"; fi ;;
    user,list)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    user,passwd)
      if [[ $current == -* ]]; then _etch_words "--interactive $everywhere"; fi ;;
    user,grant-role)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    user,revoke-role)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    role,add)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    role,delete)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    role,get)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    role,list)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    role,grant-permission)
      if [[ $current == -* ]]; then _etch_words "--prefix --from-key $everywhere"; fi ;;
    role,revoke-permission)
      if [[ $current == -* ]]; then _etch_words "--prefix --from-key $everywhere"; fi ;;
    compaction,*)
      if [[ $current == -* ]]; then _etch_words "--physical $everywhere"; fi ;;
    defrag,*)
      if [[ $current == -* ]]; then _etch_words "--cluster --data-dir $everywhere"; fi ;;
    snapshot,save)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; else COMPREPLY=($(compgen -f -- "$current")); fi ;;
    snapshot,status)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; else COMPREPLY=($(compgen -f -- "$current")); fi ;;
    snapshot,restore)
      if [[ $current == -* ]]; then _etch_words "--data-dir --wal-dir --name --initial-cluster --initial-cluster-token --initial-advertise-peer-urls --skip-hash-check $everywhere"; else COMPREPLY=($(compgen -f -- "$current")); fi ;;
    alarm,list)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    alarm,disarm)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    make-mirror,*)
      if [[ $current == -* ]]; then _etch_words "--prefix --dest-prefix --no-dest-prefix --dest-cert --dest-key --dest-cacert --dest-insecure-transport --dest-user --dest-password $everywhere"; fi ;;
    check,perf)
      if [[ $current == -* ]]; then _etch_words "--load --prefix --auto-compact --auto-defrag $everywhere"; fi ;;
    check,datascale)
      if [[ $current == -* ]]; then _etch_words "--load --prefix --auto-compact --auto-defrag $everywhere"; fi ;;
    time,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    echo,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    version,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
    help,*)
      if [[ $current == -* ]]; then _etch_words "$everywhere"; fi ;;
  esac
}

_etch_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }

complete -o filenames -F _etch etch
