import{a as e}from"./rolldown-runtime-BWaJ3C7D.js";import{$ as t,Q as n,et as r,f as i,l as a}from"./editor-CPtOdp4w.js";import{a as o,c as s,i as c,n as l,o as ee,r as u,s as d,t as f}from"./libraries-DXPaE0Ws.js";globalThis.MonacoEnvironment={getWorker(e,i){return i===`json`?new t:i===`graphql`?new n:new r}};var p=e(s(),1),m=d(),h=`confab-playground-token`,g=new Set,_=sessionStorage.getItem(h),v=new Set,y={get:()=>_,set(e){_&&g.add(b(_)),_=e,e?sessionStorage.setItem(h,e):sessionStorage.removeItem(h);for(let e of v)e()},subscribe(e){return v.add(e),()=>void v.delete(e)}},b=e=>`Bearer ${e}`;function x(e){if(e.trim()===``)return _?S({Authorization:b(_)}):``;let t;try{t=JSON.parse(e)}catch{return e}if(!g.has(String(t.Authorization)))return e;let{Authorization:n,...r}=t;return _?S({Authorization:b(_),...r}):Object.keys(r).length>0?S(r):``}var S=e=>JSON.stringify(e,null,2),C=`/graphql`;async function w(e,t={}){let n=await fetch(C,{method:`POST`,headers:{Accept:`application/graphql-response+json, application/json;q=0.9`,"Content-Type":`application/json`,...t},body:JSON.stringify(e)}),r=await n.text();try{return JSON.parse(r)}catch{throw Error(`${n.status} ${n.statusText}: ${r.slice(0,400)}`)}}var T=100;function E(e,t,n){let r=Object.entries(t).find(([e])=>/^authorization$/i.test(e))?.[1],i=f({url:C,retryAttempts:0,connectionParams:r?{authorization:r}:{}}),a=0,o=[],s=i.subscribe({...e,operationName:e.operationName??void 0},{next(e){a+=1,o=[e,...o].slice(0,T),n.next({received:a,newestFirst:o})},error(e){i.dispose(),n.error(D(e))},complete(){i.dispose(),n.complete()}});return n.next({received:a,newestFirst:o}),{unsubscribe:s}}function D(e){return e instanceof CloseEvent?{message:`Connection closed: ${e.code} ${e.reason}`.trim()}:e instanceof Event?{message:`Connection failed.`}:e}var O=`query Session { server { needsFirstAccount } viewer { account { name email } } }`,k=`mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }`,A=`mutation SignOut { signOut(input: {}) { sessionId } }`,j=()=>{let e=y.get();return e?{Authorization:b(e)}:{}};async function M(e,t){let{data:n,errors:r}=await w({query:e,variables:t},j());if(r?.[0])throw Error(r[0].message);return n}function N(){let e=(0,p.useSyncExternalStore)(y.subscribe,y.get),[t,n]=(0,p.useState)({state:`loading`}),[r,i]=(0,p.useState)(0),a=(0,p.useCallback)(()=>i(e=>e+1),[]);return(0,p.useEffect)(()=>{let e=!1;return M(O).then(({server:t,viewer:r})=>{e||n(r?{state:`signedIn`,...r.account}:{state:`signedOut`,needsFirstAccount:t.needsFirstAccount})},t=>!e&&n({state:`unreachable`,reason:t.message})),()=>{e=!0}},[e,r]),{session:t,hasToken:e!==null,refresh:a}}async function P(e,t){let n=await M(k,{input:{email:e,password:t,transport:`TOKEN`}});y.set(n.signIn.token)}async function F(){await M(A),y.set(null)}var I=ee();function L({session:e,hasToken:t,refresh:n}){let[r,i]=(0,p.useState)(!1),[a,o]=(0,p.useState)(null);return(0,I.jsxs)(`header`,{className:`bar`,children:[(0,I.jsxs)(`a`,{className:`bar-home`,href:`/`,children:[(0,I.jsx)(`img`,{src:`/playground/icon.svg`,alt:``,width:`20`,height:`20`}),` Confab`]}),(0,I.jsxs)(`p`,{className:`bar-account`,"aria-live":`polite`,children:[(0,I.jsx)(R,{session:e,hasToken:t}),a&&(0,I.jsxs)(`span`,{className:`bar-error`,children:[` `,a]})]}),r?(0,I.jsx)(z,{onDone:()=>i(!1)}):(0,I.jsxs)(`div`,{className:`bar-actions`,children:[e.state===`unreachable`&&(0,I.jsx)(`button`,{onClick:n,children:`Try again`}),e.state===`signedIn`&&(0,I.jsx)(`button`,{onClick:()=>F().then(n,e=>{o(e.message),n()}),children:`Sign out`}),t&&(0,I.jsx)(`button`,{onClick:()=>y.set(null),title:`Stop sending the token. It remains valid.`,children:`Forget token`}),!t&&e.state!==`unreachable`&&(0,I.jsx)(`button`,{className:e.state===`signedOut`?`primary`:void 0,onClick:()=>{o(null),i(!0)},children:e.state===`signedIn`?`Use a token`:`Sign in`})]})]})}function R({session:e,hasToken:t}){switch(e.state){case`loading`:return null;case`unreachable`:return(0,I.jsxs)(I.Fragment,{children:[`Server unavailable. `,e.reason]});case`signedIn`:return(0,I.jsxs)(I.Fragment,{children:[(0,I.jsx)(`strong`,{children:e.name}),` `,(0,I.jsx)(`span`,{className:`bar-email`,children:e.email}),` `,(0,I.jsx)(`span`,{className:`bar-method`,children:t?`with token`:`with cookie`})]});case`signedOut`:return t?(0,I.jsx)(I.Fragment,{children:`The token has expired or was revoked.`}):e.needsFirstAccount?(0,I.jsx)(I.Fragment,{children:`No account exists yet. Create the first one in the Register tab.`}):(0,I.jsx)(I.Fragment,{children:`Not signed in.`})}}function z({onDone:e}){let t=(0,p.useId)(),[n,r]=(0,p.useState)(!1),[i,a]=(0,p.useState)(null);return(0,I.jsxs)(`form`,{className:`bar-form`,onSubmit:t=>{t.preventDefault();let n=new FormData(t.currentTarget);r(!0),a(null),P(String(n.get(`email`)),String(n.get(`password`))).then(e,e=>{a(e.message),r(!1)})},onKeyDown:t=>t.key===`Escape`&&e(),children:[i&&(0,I.jsx)(`span`,{id:t,className:`bar-error`,role:`alert`,children:i}),(0,I.jsx)(`input`,{name:`email`,type:`email`,placeholder:`Email`,"aria-label":`Email`,"aria-describedby":i?t:void 0,autoComplete:`username`,autoFocus:!0,required:!0}),(0,I.jsx)(`input`,{name:`password`,type:`password`,placeholder:`Password`,"aria-label":`Password`,autoComplete:`current-password`,required:!0}),(0,I.jsx)(`button`,{className:`primary`,disabled:n,children:`Sign in`}),(0,I.jsx)(`button`,{type:`button`,onClick:e,children:`Cancel`})]})}a();var B=new Map;function te(e){let t=new Map;for(let[n,r]of JSON.stringify(e).matchAll(/\b([a-z]{3})_(?:[0-9a-z]{26}){1,2}\b/g))t.has(r)||t.set(r,n);for(let[e,n]of t)B.set(e,n)}function V(e){return e.replace(/"([a-z]{3})_…"/g,(e,t)=>{let n=B.get(t);return n?JSON.stringify(n):e})}function H(e){return(t,{headers:n={},documentAST:r}={})=>{let a=r&&i(r,t.operationName)?.operation;return a===`subscription`?{subscribe:e=>E(t,n,e)}:w(t,n).then(t=>(r&&te(t),a===`mutation`&&(U(t),e()),t))}}function U({data:e}){for(let t of Object.values(e??{})){let e=t?.token;typeof e==`string`&&y.set(e)}}var W=`# The initial state of a client: your member, your
# channels with unread counts, and \`seq\`, the position in
# the log. Subscribe to \`events\` after that \`seq\` (last
# tab) to receive every later event exactly once.

query Boot($workspaceId: ID!) {
  boot(workspaceId: $workspaceId) {
    seq
    privateRev
    unreadNotifications
    workspace {
      id
      name
      memberCount
    }
    me {
      id
      handle
      role
    }
    channels {
      id
      kind
      name
      memberCount
      readState {
        lastReadSeq
        epoch
        unreadCount
        mentionCount
      }
    }
  }
}

mutation CreateChannel($workspaceId: ID!, $channelName: String!) {
  createChannel(input: { workspaceId: $workspaceId, name: $channelName, kind: PUBLIC }) {
    seq
    channel {
      id
      kind
      name
      topic
    }
  }
}
`,G=`# Live events over a WebSocket. \`after\` is the last \`seq\`
# you have: from boot, or 0 for all events that you may
# see. Omit it to start now.
#
# Run this, then send a message from another tab. The
# response lists received items, newest first. \`Head\`
# means that all events up to its \`seq\` have been sent.
# Objects in an event have only the fields that the event
# contains.

subscription Events($workspaceId: ID!, $after: Seq) {
  events(workspaceId: $workspaceId, after: $after) {
    __typename
    ... on LogEvent {
      seq
      at
      actorId
    }
    ... on MessageSent {
      message {
        messageId
        channelId
        authorId
        threadId
        text
      }
    }
    ... on MessageEdited {
      message {
        messageId
        text
        editedAt
      }
    }
    ... on MessageDeleted {
      message {
        messageId
        deletedAt
      }
    }
    ... on ReactionAdded {
      messageId
      emoji
    }
    ... on ChannelCreated {
      channel {
        channelId
        kind
        name
      }
    }
    ... on MemberJoined {
      member {
        id
        handle
        name
      }
    }
    ... on Head {
      seq
    }
    ... on Resync {
      after
      takeBoot
    }
  }
}
`,K=`# History is paginated in log order:
#   last: 20                        newest messages
#   last: 20, before: startCursor   previous page
#   first: 20, after: endCursor     next page
#   around: "msg_…"                 around a message
# Page size defaults to 50, maximum 100.

query History($channelId: ID!, $before: String) {
  channel(id: $channelId) {
    id
    name
    messages(last: 20, before: $before) {
      pageInfo {
        hasPreviousPage
        startCursor
        endCursor
      }
      nodes {
        ...MessageLine
      }
    }
  }
}

query HistoryAround($channelId: ID!, $messageId: ID!) {
  channel(id: $channelId) {
    messages(around: $messageId) {
      pageInfo {
        hasPreviousPage
        hasNextPage
        startCursor
        endCursor
      }
      nodes {
        ...MessageLine
      }
    }
  }
}

fragment MessageLine on Message {
  id
  seq
  text
  createdAt
  author {
    id
    handle
    name
  }
  thread {
    replyCount
  }
}
`,q=`# The first account of a server becomes its administrator.
# Later accounts need an invite, unless registration is
# open.
#
# With \`transport: TOKEN\` the response contains a token. The
# playground adds it to the headers below, and sends it
# with subscriptions in \`connection_init\`. \`COOKIE\` signs
# in this browser instead.
#
# This tab has two operations. The run button lets you
# choose one.

mutation Register($input: RegisterInput!) {
  register(input: $input) {
    account {
      id
      name
      isServerAdmin
    }
    token
  }
}

mutation SignIn($email: String!, $password: String!) {
  signIn(input: { email: $email, password: $password, transport: TOKEN }) {
    account {
      id
      name
    }
    token
  }
}
`,J=`# The text is CommonMark. Mentions contain ids:
# <@mem_…>, <!channel> or <!here>.
#
# To reply in a thread, set \`threadId\` to the id of its
# first message. To retry safely, set \`id\` to
# "msg_<workspace><UUIDv7 in base32>".

mutation SendMessage($channelId: ID!, $text: String!) {
  sendMessage(input: { channelId: $channelId, text: $text }) {
    seq
    message {
      id
      text
      createdAt
      author {
        id
        handle
      }
    }
  }
}

mutation React($messageId: ID!, $emoji: String!) {
  addReaction(input: { messageId: $messageId, emoji: $emoji }) {
    seq
    message {
      id
      reactions {
        emoji
        count
        viewerReacted
      }
    }
  }
}
`,Y=`# Welcome to Confab's playground.
#
# Press Ctrl+Enter (Cmd+Enter on a Mac) to run this query.
# It returns the server's version and your account:
# \`viewer\` is null until you sign in.
#
# The tabs lead from the first account to live events:
#   Register          register, or sign in
#   CreateWorkspace   create a workspace
#   Boot              load the initial state, create a channel
#   SendMessage       send a message, add a reaction
#   History           page through a channel
#   Events            subscribe to live events
#
# Ids in a response replace the placeholders in the
# variables of the next tab, such as "wks_…". The icons on
# the left open the documentation, the history, and the
# explorer.

query Welcome {
  server {
    version
    needsFirstAccount
    registrationOpen
    limits {
      messageCharacters
      pageSize
    }
  }
  viewer {
    account {
      id
      name
      email
    }
    workspaces {
      id
      name
      seq
    }
  }
}
`,X=`# A workspace contains channels, members and messages. It
# is one event log, numbered 1, 2, 3 … without gaps. You
# become its owner and a member of #general.
#
# Clients may choose the id: "wks_<UUIDv7 in base32>". A
# mutation retried with the same id takes effect once and
# returns the same response.

mutation CreateWorkspace($name: String!) {
  createWorkspace(input: { name: $name }) {
    workspace {
      id
      name
      seq
      me {
        id
        handle
        role
      }
    }
  }
}
`,Z=(e,t)=>({query:e,variables:t?JSON.stringify(t,null,2):``}),Q=[Z(Y),Z(q,{input:{email:`ann@example.org`,password:`a long sentence is best`,name:`Ann`},email:`ann@example.org`,password:`a long sentence is best`}),Z(X,{name:`Example Company`}),Z(W,{workspaceId:`wks_…`,channelName:`lunch`}),Z(J,{channelId:`chn_…`,text:`Hello, *world*.`,messageId:`msg_…`,emoji:`👋`}),Z(K,{channelId:`chn_…`,before:null,messageId:`msg_…`}),Z(G,{workspaceId:`wks_…`,after:0})],ne=/(\\*"password\\*"\s*:\s*\\*")(?:[^"\\]|\\+[^"\\])*/g,re=/"headers":"(?:[^"\\]|\\.)*"/g,ie=e=>e.replace(re,`"headers":null`).replace(ne,`$1`),ae={get length(){return localStorage.length},getItem:e=>localStorage.getItem(e),setItem:(e,t)=>localStorage.setItem(e,ie(t)),removeItem:e=>localStorage.removeItem(e),clear(){for(let e of Object.keys(localStorage))e.startsWith(`graphiql:`)&&localStorage.removeItem(e)}},oe=[u,c({showAttribution:!1})];function se(){let e=N(),{refresh:t}=e,n=(0,p.useMemo)(()=>H(t),[t]);return(0,I.jsxs)(I.Fragment,{children:[(0,I.jsx)(L,{...e}),(0,I.jsx)(`main`,{children:(0,I.jsxs)(l,{fetcher:n,plugins:oe,defaultTabs:Q,defaultEditorToolsVisibility:`variables`,inputValueDeprecation:!0,schemaDescription:!0,storage:ae,shouldPersistHeaders:!1,showPersistHeadersSettings:!1,children:[(0,I.jsx)(l.Logo,{children:(0,I.jsx)(`span`,{})}),(0,I.jsx)(ce,{})]})})]})}function ce(){let{tabs:e,activeTabIndex:t,queryEditor:n,headerEditor:r,variableEditor:i}=o(e=>({tabs:e.tabs,activeTabIndex:e.activeTabIndex,queryEditor:e.queryEditor,headerEditor:e.headerEditor,variableEditor:e.variableEditor})),a=(0,p.useSyncExternalStore)(y.subscribe,y.get),s=e[t],c=s?.id,l=!s?.headers?.trim();return(0,p.useEffect)(()=>n?.updateOptions({wordWrap:`on`}),[n]),(0,p.useEffect)(()=>{r&&$(r,x)},[r,a,c,l]),(0,p.useEffect)(()=>{i&&$(i,V)},[i,c]),null}function $(e,t){let n=e.getValue(),r=t(n);r!==n&&e.setValue(r)}(0,m.createRoot)(document.getElementById(`root`)).render((0,I.jsx)(p.StrictMode,{children:(0,I.jsx)(se,{})}));