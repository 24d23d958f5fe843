//! `callboard serve`: serves a built site on this machine. For publishing, any web server does.
//!
//! With `--watch` it builds the site first, and again whenever a file changes; open pages reload.

mod connections;
mod files;
mod headers;
mod hosts;
mod live;
mod rebuild;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

use anyhow::{Context, anyhow};
use axum::{Router, middleware::from_fn};
use serde_json::json;
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{
    base::path::shown,
    cli::{
        Failure,
        args::ServeArgs,
        exit::outside,
        output::{BOLD, Output},
    },
};
use hosts::Hosts;
pub(in crate::cli) use hosts::host_name;
use live::LivePages;
use rebuild::Builder;

/// Serves until interrupted.
pub(in crate::cli) fn run(portal: &Path, args: &ServeArgs, output: &Output) -> Result<(), Failure> {
    let site = portal.join(&args.dir);
    if !args.watch {
        return serve(&site, args.port, &args.host, &Announcement { output, is_json: args.json });
    }
    let live = LivePages::default();
    let app = guarded(live.router(files::router(&site)), &site, &args.host);
    let runtime = Runtime::new().map_err(outside)?;
    let listener = runtime.block_on(listen(args.port))?;
    let mut builder = Builder::new(portal, &site, live, output.beside_json(args.json))?;
    builder.build();
    // The thread ends with the process; the next build discards an unfinished one.
    drop(std::thread::spawn(move || builder.run()));
    answer(runtime, listener, app, &Announcement { output, is_json: args.json })
}

/// How it is said where the site answers.
pub(super) struct Announcement<'o> {
    pub(super) output: &'o Output,
    /// As one line of JSON instead of a sentence.
    pub(super) is_json: bool,
}

impl Announcement<'_> {
    fn say(&self, address: SocketAddr) {
        let (output, url) = (self.output, format!("http://{address}/"));
        match self.is_json {
            true => output.json_text(&json!({ "url": url }).to_string()),
            false => output.line(format!("serving on {BOLD}{url}{BOLD:#} (Ctrl-C ends it)")),
        }
    }
}

/// Serves the site in `site` on 127.0.0.1 until Ctrl-C.
pub(super) fn serve(
    site: &Path,
    port: u16,
    hosts: &[String],
    announcement: &Announcement<'_>,
) -> Result<(), Failure> {
    if !site.join("index.html").is_file() {
        let site = shown(site);
        return Err(Failure::Usage(anyhow!(
            "there is no site in `{site}`\nhint: run `callboard build` first"
        )));
    }
    let runtime = Runtime::new().map_err(outside)?;
    let listener = runtime.block_on(listen(port))?;
    answer(runtime, listener, guarded(files::router(site), site, hosts), announcement)
}

/// Answers until Ctrl-C, which does not wait for open connections.
fn answer(
    runtime: Runtime,
    listener: TcpListener,
    app: Router,
    announcement: &Announcement<'_>,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(outside)?;
    let answered = runtime.block_on(async {
        let interrupted = tokio::signal::ctrl_c();
        announcement.say(address);
        tokio::select! {
            () = connections::answer(listener, app) => Ok(()),
            interrupted = interrupted => interrupted,
        }
    });
    runtime.shutdown_background();
    answered.map_err(outside)
}

/// Answers for the machine's own names and `hosts` only, with the headers of the site.
fn guarded(app: Router, site: &Path, hosts: &[String]) -> Router {
    let (hosts, site) = (Hosts::new(hosts), site.to_owned());
    app.layer(from_fn(move |request, next| headers::add(site.clone(), request, next)))
        .layer(from_fn(move |request, next| hosts.clone().check(request, next)))
}

/// Binds the port.
pub(super) async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}; `--port 0` takes a free one"))
        .map_err(Failure::Outside)
}
