//! The subprocess: its restrictions, how it ends, and validation of its response.
//!
//! Misbehaving programs are shell scripts.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use previews::{Failure, Limits, Outcome, PreviewRequest, Tools, process_file};
use tempfile::TempDir;

use super::corpus;

/// The program that calls `child()`: the example, which cargo builds along with the tests.
pub fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent().and_then(Path::parent).unwrap().join("examples/child")
}

/// Processes a file; returns the output directory and the outcome.
pub async fn process_with(
    tools: &Tools,
    limits: &Limits,
    file: &[u8],
    media_type: &str,
) -> (TempDir, Result<Outcome, Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("input %d"), folder.path().join("output"));
    fs::write(&input, file).unwrap();
    fs::create_dir(&output).unwrap();
    let order = PreviewRequest { input: &input, media_type, output: &output };
    let outcome = process_file(&program(), tools, order, limits).await;
    (folder, outcome)
}

pub async fn process(tools: &Tools, file: &[u8], media_type: &str) -> (TempDir, Result<Outcome, Failure>) {
    process_with(tools, &Limits::default(), file, media_type).await
}

/// The installed tools. Fails in CI if one is missing; elsewhere reports the skipped test.
#[expect(clippy::disallowed_methods, reason = "the environment determines where the tools are and whether this is CI")]
pub fn tools(test: &str) -> Option<Tools> {
    let tools = Tools::in_path(&std::env::var_os("PATH").unwrap());
    let all = [&tools.ffmpeg, &tools.ffprobe, &tools.pdftoppm, &tools.pdftotext];
    if all.iter().all(|tool| tool.is_some()) {
        return Some(tools);
    }
    assert!(std::env::var_os("CI").is_none(), "CI needs ffmpeg and poppler-utils");
    println!("skipped: {test} needs ffmpeg and poppler-utils");
    None
}

/// A shell script with these lines, run in the output directory.
fn script(folder: &Path, lines: &str) -> PathBuf {
    let path = folder.join("script");
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs a script as the program, with a time limit of one second.
async fn run_script(lines: &str) -> (TempDir, Result<Outcome, Failure>) {
    run_script_within(60, lines).await
}

async fn run_script_within(seconds: u32, lines: &str) -> (TempDir, Result<Outcome, Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let program = script(folder.path(), lines);
    let output = folder.path().join("output");
    fs::create_dir(&output).unwrap();
    let order = PreviewRequest { input: &program, media_type: "image/png", output: &output };
    let limits = Limits { seconds, text_bytes: 1000, ..Limits::default() };
    let outcome = process_file(&program, &Tools::default(), order, &limits).await;
    (folder, outcome)
}

/// Whether a process is running; zombies are not.
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
async fn tools_inherit_limits_and_an_empty_environment() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{ ulimit -v; ulimit -t; ulimit -f; ulimit -c; } > limits; env > environ";
    let tools = Tools { ffprobe: Some(script(folder.path(), lines)), ..Tools::default() };
    let limits = Limits { memory_bytes: 300 << 20, seconds: 7, ..Limits::default() };
    let (made, outcome) = process_with(&tools, &limits, b"", "video/mp4").await;
    assert!(matches!(outcome, Err(Failure::Damaged(_))), "{outcome:?}");
    let output = made.path().join("output");
    // Memory in KiB, seconds, file size in blocks of 512 bytes, core size.
    assert_eq!(fs::read_to_string(output.join("limits")).unwrap(), "307200\n7\n131072\n0\n");
    let environ = fs::read_to_string(output.join("environ")).unwrap();
    assert!(!environ.contains("CARGO") && !environ.contains("HOME"), "{environ}");
}

/// Processes a fake video with a script in place of the tool.
async fn process_with_tool(lines: &str) -> (TempDir, Result<Outcome, Failure>) {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools { ffprobe: Some(script(folder.path(), lines)), ..Tools::default() };
    process_with(&tools, &Limits::default(), b"a video", "video/mp4").await
}

#[tokio::test]
async fn tools_can_only_access_their_file() {
    if !previews::is_sandbox_supported() {
        println!("skipped: tools_can_only_access_their_file needs Landlock of Linux 6.12");
        return;
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("secret");
    fs::write(&secret, "secret").unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (secret, own) = (secret.display(), std::process::id());
    let (made, _) = process_with_tool(&format!(
        "cat '../input %d' > own\n\
         cat '{secret}' > read 2>/dev/null || echo refused > read\n\
         cat /proc/{own}/environ > environ 2>/dev/null || echo refused > environ\n\
         echo more >> '{secret}' || echo refused > written\n\
         kill -0 {own} 2>/dev/null || echo refused > signalled\n\
         /bin/bash -c 'echo hello > /dev/tcp/127.0.0.1/{port}' 2>/dev/null || echo refused > connected",
    ))
    .await;
    let said = |name: &str| fs::read_to_string(made.path().join("output").join(name)).unwrap_or_default();
    assert_eq!(said("own"), "a video");
    for wall in ["read", "environ", "written", "signalled", "connected"] {
        assert_eq!(said(wall), "refused\n", "{wall}");
    }
    assert_eq!(fs::read_to_string(elsewhere.path().join("secret")).unwrap(), "secret");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[tokio::test]
async fn kills_the_tools_on_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools { ffprobe: Some(script(folder.path(), "echo $$ > pid; sleep 600")), ..Tools::default() };
    let limits = Limits { seconds: 8, ..Limits::default() };
    let (made, outcome) = process_with(&tools, &limits, b"", "video/mp4").await;
    assert!(matches!(outcome, Err(Failure::TooSlow)), "{outcome:?}");
    let tool = fs::read_to_string(made.path().join("output/pid")).unwrap();
    eventually("the tool still runs", || !runs(&tool)).await;
}

#[tokio::test]
async fn kills_all_processes_when_the_caller_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let tools = Tools { ffprobe: Some(script(folder.path(), "echo $$ > pid; sleep 600")), ..Tools::default() };
    let output = folder.path().join("output");
    fs::create_dir(&output).unwrap();
    let order = PreviewRequest { input: folder.path(), media_type: "video/mp4", output: &output };
    let (program, limits) = (program(), Limits::default());
    let tool = || fs::read_to_string(output.join("pid")).unwrap_or_default();
    tokio::select! {
        outcome = process_file(&program, &tools, order, &limits) => panic!("{outcome:?}"),
        () = eventually("the tool never ran", || tool().ends_with('\n') && runs(&tool())) => {}
    }
    eventually("the tool still runs", || !runs(&tool())).await;
}

#[tokio::test]
async fn all_processes_exit_with_the_parent() {
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
async fn distinguishes_crashes_from_empty_responses() {
    assert!(matches!(run_script("kill -KILL $$").await.1, Err(Failure::Killed)));
    assert!(matches!(run_script("kill -XCPU $$").await.1, Err(Failure::TooSlow)));
    assert!(matches!(run_script("exit 3").await.1, Err(Failure::Io(_))));
    assert!(matches!(run_script_within(1, "sleep 600").await.1, Err(Failure::TooSlow)));
    // More output than a response may have; it never ends.
    assert!(matches!(run_script("while echo nonsense; do :; done").await.1, Err(Failure::Killed | Failure::Io(_))));
}

#[tokio::test]
async fn missing_program_is_an_io_error() {
    let folder = tempfile::tempdir().unwrap();
    let order = PreviewRequest { input: folder.path(), media_type: "image/png", output: folder.path() };
    let outcome = process_file(&folder.path().join("none"), &Tools::default(), order, &Limits::default()).await;
    assert!(matches!(outcome, Err(Failure::Io(_))), "{outcome:?}");
}

#[tokio::test]
async fn rejects_invalid_responses() {
    let answer = |changed: &str, to: &str| {
        let honest = r#"{"Made":{"width":1,"height":1,"duration_ms":null,"thumbhash":[1],"waveform":[100],"previews":[{"size":"Small","width":1,"height":1,"media_type":"image/png","file":"a"}],"text":"t"}}"#;
        assert!(honest.contains(changed));
        format!("touch a ../b; ln -s ../b c; echo '{}'", honest.replace(changed, to))
    };
    let honest = run_script(&answer("Made", "Made")).await.1;
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
        let outcome = run_script(&answer(changed, to)).await.1;
        assert!(matches!(outcome, Err(Failure::Damaged(_))), "{to}: {outcome:?}");
    }
}

#[tokio::test]
async fn succeeds_without_tools() {
    for (file, media_type) in [(corpus::pdf("words"), "application/pdf"), (b"ftyp".to_vec(), "video/mp4")] {
        let (_folder, outcome) = process(&Tools::default(), &file, media_type).await;
        assert_eq!(outcome.unwrap(), Outcome::default(), "{media_type}");
    }
}

#[tokio::test]
async fn rejects_unsupported_types() {
    for media_type in ["application/zip", "text/html", "image/svg+xml", "image/avif", "", "image/bmp"] {
        let (folder, outcome) = process(&Tools::default(), corpus::PAGE, media_type).await;
        assert!(matches!(outcome, Err(Failure::Unsupported)), "{media_type}: {outcome:?}");
        assert_eq!(fs::read_dir(folder.path().join("output")).unwrap().count(), 0);
    }
}

#[test]
fn finds_tools_in_absolute_directories_only() {
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
    assert_eq!(Tools::in_path(&path), Tools { ffmpeg: Some(ffmpeg), ..Tools::default() });
    assert_eq!(Tools::in_path("".as_ref()), Tools::default());
}
