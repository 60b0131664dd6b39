import { simpleGit } from 'simple-git';
const env={PATH:process.env.PATH,HOME:'/nonexistent',LC_ALL:'C',GIT_DIR:process.argv[2],GIT_CONFIG_NOSYSTEM:'1',GIT_CONFIG_GLOBAL:'/dev/null',GIT_TERMINAL_PROMPT:'0',GIT_NO_REPLACE_OBJECTS:'1',GIT_ALLOW_PROTOCOL:'none'};
const git=simpleGit({baseDir:process.argv[2],allowEnvironment:Object.keys(env).filter(k=>k.startsWith('GIT_')),timeout:{block:30000},unsafe:{allowUnsafeConfigPaths:true}}).env(env);
try{console.log(await git.raw('rev-parse','--verify','--quiet','--end-of-options','refs/heads/main^{commit}'));}catch(e){console.log('ERR',e.constructor.name,JSON.stringify(e.message))}
try{console.log(JSON.stringify((await git.raw('ls-tree','-r','-z','--long','--full-tree','HEAD','--','schemas')).slice(0,300)));}catch(e){console.log('ERR',e.message)}
try{console.log(await git.raw('rev-parse','--verify','--quiet','--end-of-options','refs/heads/none^{commit}'));}catch(e){console.log('ERR',e.constructor.name,JSON.stringify(e.message))}
