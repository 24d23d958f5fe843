//! `callboard serve`: serves a built site on this machine. For publishing, any web server does.
//!
//! With `--watch` it builds the site first, and again whenever a file changes; open pages reload.

mod connections;
mod files;
mod headers;
mod hosts;
mod live;
mod rebuild;

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context, anyhow};
use axum::{Router, middleware::from_fn};
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
        return serve(&site, args.port, &args.host, output);
    }
    let live = LivePages::default();
    let app = guarded(live.router(files::router(&site)), &site, &args.host);
    let runtime = Runtime::new().map_err(outside)?;
    let listener = runtime.block_on(listen(args.port))?;
    let mut builder = Builder::new(portal, &site, live, output.clone())?;
    builder.build();
    // The thread ends with the process; the next build discards an unfinished one.
    drop(std::thread::spawn(move || builder.run()));
    answer(runtime, listener, app, output)
}

/// Serves the site in `site` on 127.0.0.1 until Ctrl-C.
pub(super) fn serve(
    site: &Path,
    port: u16,
    hosts: &[String],
    output: &Output,
) -> Result<(), Failure> {
    if !site.join("index.html").is_file() {
        let site = shown(site);
        return Err(Failure::Usage(anyhow!(
            "there is no site in `{site}`\nhint: run `callboard build` first"
        )));
    }
    let runtime = Runtime::new().map_err(outside)?;
    let listener = runtime.block_on(listen(port))?;
    answer(runtime, listener, guarded(files::router(site), site, hosts), output)
}

/// Answers until Ctrl-C, which does not wait for open connections.
fn answer(
    runtime: Runtime,
    listener: TcpListener,
    app: Router,
    output: &Output,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(outside)?;
    let answered = runtime.block_on(async {
        let interrupted = tokio::signal::ctrl_c();
        output.line(format!("serving on {BOLD}http://{address}/{BOLD:#} (Ctrl-C ends it)"));
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
