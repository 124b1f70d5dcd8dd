//! The process of its own: what it may not have, how it ends, and what is not believed of it.
//!
//! Programs that misbehave are scripts of the shell.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use previews::{Failure, Limits, Order, Outcome, Tools, make};
use tempfile::TempDir;

use super::corpus;

/// The program that calls `child()`: the example, which cargo builds with the tests.
pub fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent().and_then(Path::parent).unwrap().join("examples/child")
}

/// What was made of a file, and the directory where it is.
pub async fn made_with(
    tools: &Tools,
    limits: &Limits,
    file: &[u8],
    media_type: &str,
) -> (TempDir, Result<Outcome, Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input %d"), folder.path().join("output"));
    fs::write(&input, file).unwrap();
    fs::create_dir(&output).unwrap();
    let order = Order { input: &input, media_type, output: &output };
    let outcome = make(&program(), tools, order, limits).await;
    (folder, outcome)
}

pub async fn made(tools: &Tools, file: &[u8], media_type: &str) -> (TempDir, Result<Outcome, Failure>) {
    made_with(tools, &Limits::default(), file, media_type).await
}

/// The tools of this machine, if all are there; fails in CI without them, and says what is skipped elsewhere.
#[expect(clippy::disallowed_methods, reason = "the environment says where the tools are and whether this is CI")]
pub fn tools(test: &str) -> Option<Tools> {
    let tools = Tools::found_in(&std::env::var_os("PATH").unwrap());
    let all = [&tools.ffmpeg, &tools.ffprobe, &tools.pdftoppm, &tools.pdftotext];
    if all.iter().all(|tool| tool.is_some()) {
        return Some(tools);
    }
    assert!(std::env::var_os("CI").is_none(), "CI needs ffmpeg and poppler-utils");
    println!("skipped: {test} needs ffmpeg and poppler-utils");
    None
}

/// A program that does what a few lines of shell say, in the directory of outputs.
fn script(folder: &Path, lines: &str) -> PathBuf {
    let path = folder.join("script");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What comes of a program that is a script; it has a second.
async fn made_by(lines: &str) -> (TempDir, Result<Outcome, Failure>) {
    made_within(60, lines).await
}

async fn made_within(seconds: u32, lines: &str) -> (TempDir, Result<Outcome, Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let program = script(folder.path(), lines);
    let output = folder.path().join("output");
    fs::create_dir(&output).unwrap();
    let order = Order { input: &program, media_type: "image/png", output: &output };
    let limits = Limits { seconds, text_bytes: 1000, ..Limits::default() };
    let outcome = make(&program, &Tools::default(), order, &limits).await;
    (folder, outcome)
}

/// Whether a process runs; one that is dead and only not yet buried does not.
fn runs(process: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let mut looks = tokio::time::interval(Duration::from_millis(5));
    let until_so = async {
        while !is_so() {
            looks.tick().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), until_so).await.is_ok(), "{what}");
}

#[tokio::test]
async fn the_tools_have_the_limits_and_no_environment() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{ ulimit -v; ulimit -t; ulimit -f; ulimit -c; } > limits; env > environ";
    let tools = Tools { ffprobe: Some(script(folder.path(), lines)), ..Tools::default() };
    let limits = Limits { memory_bytes: 300 << 20, seconds: 7, ..Limits::default() };
    let (made, outcome) = made_with(&tools, &limits, b"", "video/mp4").await;
    assert!(matches!(outcome, Err(Failure::Damaged(_))), "{outcome:?}");
    let output = made.path().join("output");
    // Kibibytes of memory, seconds, blocks of 512 bytes of a file, of a core.
    assert_eq!(fs::read_to_string(output.join("limits")).unwrap(), "307200\n7\n131072\n0\n");
    let environ = fs::read_to_string(output.join("environ")).unwrap();
    assert!(!environ.contains("CARGO") && !environ.contains("HOME"), "{environ}");
}

/// A film that is not one, with what comes of a tool that a script stands for.
async fn looked_at_by(lines: &str) -> (TempDir, Result<Outcome, Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools { ffprobe: Some(script(folder.path(), lines)), ..Tools::default() };
    made_with(&tools, &Limits::default(), b"a film", "video/mp4").await
}

#[tokio::test]
async fn the_tools_see_their_file_and_nothing_else() {
    if !previews::can_confine() {
        println!("skipped: the_tools_see_their_file_and_nothing_else needs Landlock of Linux 6.12");
        return;
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (secret, own) = (secret.display(), std::process::id());
    let (made, _) = looked_at_by(&format!(
        "cat '../input %d' > own\n\
         cat '{secret}' > read 2>/dev/null || echo refused > read\n\
         cat /proc/{own}/environ > environ 2>/dev/null || echo refused > environ\n\
         echo more >> '{secret}' || echo refused > written\n\
         kill -0 {own} 2>/dev/null || echo refused > signalled\n\
         /bin/bash -c 'echo hello > /dev/tcp/127.0.0.1/{port}' 2>/dev/null || echo refused > connected",
    ))
    .await;
    let said = |name: &str| fs::read_to_string(made.path().join("output").join(name)).unwrap_or_default();
    assert_eq!(said("own"), "a film");
    for wall in ["read", "environ", "written", "signalled", "connected"] {
        assert_eq!(said(wall), "refused\n", "{wall}");
    }
    assert_eq!(fs::read_to_string(elsewhere.path().join("secret")).unwrap(), "secret");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn at_the_deadline_the_tools_die_too() {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools { ffprobe: Some(script(folder.path(), "echo $$ > pid; sleep 600")), ..Tools::default() };
    let limits = Limits { seconds: 8, ..Limits::default() };
    let (made, outcome) = made_with(&tools, &limits, b"", "video/mp4").await;
    assert!(matches!(outcome, Err(Failure::TooSlow)), "{outcome:?}");
    let tool = fs::read_to_string(made.path().join("output/pid")).unwrap();
    eventually("the tool still runs", || !runs(&tool)).await;
}

#[tokio::test]
async fn when_nobody_waits_any_more_all_die() {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools { ffprobe: Some(script(folder.path(), "echo $$ > pid; sleep 600")), ..Tools::default() };
    let output = folder.path().join("output");
    fs::create_dir(&output).unwrap();
    let order = Order { input: folder.path(), media_type: "video/mp4", output: &output };
    let (program, limits) = (program(), Limits::default());
    let tool = || fs::read_to_string(output.join("pid")).unwrap_or_default();
    tokio::select! {
        outcome = make(&program, &tools, order, &limits) => panic!("{outcome:?}"),
        () = eventually("the tool never ran", || tool().ends_with('\n') && runs(&tool())) => {}
    }
    eventually("the tool still runs", || !runs(&tool())).await;
}

#[tokio::test]
async fn when_the_process_that_waited_is_dead_all_die() {
    let folder = tempfile::tempdir().unwrap();
    let probe = script(folder.path(), "echo $$ > pid; sleep 600");
    let mut child = Command::new(program())
        .arg("previews")
        .current_dir(folder.path())
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let limits = serde_json::to_string(&Limits::default()).unwrap();
    let tools = Tools { ffprobe: Some(probe), ..Tools::default() };
    let (tools, here) = (serde_json::to_string(&tools).unwrap(), folder.path().display());
    let order = format!(
        "{limits}\n{{\"input\":\"{here}\",\"media_type\":\"video/mp4\",\"output\":\"{here}\",\"tools\":{tools},\
         \"limits\":{limits}}}\n"
    );
    let mut input = child.stdin.take().unwrap();
    input.write_all(order.as_bytes()).unwrap();
    let tool = || fs::read_to_string(folder.path().join("pid")).unwrap_or_default();
    eventually("the tool never ran", || tool().ends_with('\n')).await;
    assert!(runs(&tool()) && child.try_wait().unwrap().is_none());
    drop(input);
    eventually("the process still runs", || child.try_wait().unwrap().is_some()).await;
    eventually("the tool still runs", || !runs(&tool())).await;
}

#[tokio::test]
async fn a_program_that_dies_or_says_nothing_is_told_apart() {
    assert!(matches!(made_by("kill -KILL $$").await.1, Err(Failure::Killed)));
    assert!(matches!(made_by("kill -XCPU $$").await.1, Err(Failure::TooSlow)));
    assert!(matches!(made_by("exit 3").await.1, Err(Failure::Io(_))));
    assert!(matches!(made_within(1, "sleep 600").await.1, Err(Failure::TooSlow)));
    // More output than an answer has; all of it would never end.
    assert!(matches!(made_by("while echo nonsense; do :; done").await.1, Err(Failure::Killed | Failure::Io(_))));
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_no_fault_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let order = Order { input: folder.path(), media_type: "image/png", output: folder.path() };
    let outcome = make(&folder.path().join("none"), &Tools::default(), order, &Limits::default()).await;
    assert!(matches!(outcome, Err(Failure::Io(_))), "{outcome:?}");
}

#[tokio::test]
async fn what_a_subverted_process_says_is_not_believed() {
    let answer = |changed: &str, to: &str| {
        let honest = r#"{"Made":{"width":1,"height":1,"duration_ms":null,"thumbhash":[1],"waveform":[100],"previews":[{"size":"Small","width":1,"height":1,"media_type":"image/png","file":"a"}],"text":"t"}}"#;
        assert!(honest.contains(changed));
        format!("touch a ../b; ln -s ../b c; echo '{}'", honest.replace(changed, to))
    };
    let honest = made_by(&answer("Made", "Made")).await.1;
    assert_eq!(honest.unwrap().text.as_deref(), Some("t"));
    for (changed, to) in [
        (r#""file":"a""#, r#""file":"../b""#),
        (r#""file":"a""#, r#""file":"/etc/passwd""#),
        (r#""file":"a""#, r#""file":"missing""#),
        (r#""file":"a""#, r#""file":"c""#),
        (r#""file":"a""#, r#""file":"""#),
        (r#""file":"a""#, r#""file":".""#),
        ("image/png", "text/html"),
        (r#""size":"Small","width":1"#, r#""size":"Small","width":361"#),
        (r#""size":"Small","width":1"#, r#""size":"Small","width":0"#),
        ("[100]", "[101]"),
        ("[1]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"),
        (r#""t""#, &format!("\"{}\"", "t".repeat(1001))),
    ] {
        let outcome = made_by(&answer(changed, to)).await.1;
        assert!(matches!(outcome, Err(Failure::Damaged(_))), "{to}: {outcome:?}");
    }
}

#[tokio::test]
async fn without_tools_there_is_nothing_and_no_error() {
    for (file, media_type) in [(corpus::pdf("words"), "application/pdf"), (b"ftyp".to_vec(), "video/mp4")] {
        let (_folder, outcome) = made(&Tools::default(), &file, media_type).await;
        assert_eq!(outcome.unwrap(), Outcome::default(), "{media_type}");
    }
}

#[tokio::test]
async fn nothing_is_made_of_other_things() {
    for media_type in ["application/zip", "text/html", "image/svg+xml", "image/avif", "", "image/bmp"] {
        let (folder, outcome) = made(&Tools::default(), corpus::PAGE, media_type).await;
        assert!(matches!(outcome, Err(Failure::Unsupported)), "{media_type}: {outcome:?}");
        assert_eq!(fs::read_dir(folder.path().join("output")).unwrap().count(), 0);
    }
}

#[test]
fn tools_are_programs_in_absolute_directories() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    };
    let ffmpeg = place("ffmpeg", 0o755);
    place("ffprobe", 0o644);
    fs::create_dir(folder.path().join("pdftotext")).unwrap();
    let path = std::env::join_paths([Path::new("."), Path::new("/nowhere"), folder.path()]).unwrap();
    assert_eq!(Tools::found_in(&path), Tools { ffmpeg: Some(ffmpeg), ..Tools::default() });
    assert_eq!(Tools::found_in("".as_ref()), Tools::default());
}
