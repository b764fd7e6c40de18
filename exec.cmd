@rem package.json starts its scripts with exec, so that signals reach them and not a shell in between; cmd finds this instead.
@%*
