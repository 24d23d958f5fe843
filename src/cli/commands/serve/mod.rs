//! `callboard serve`: a built site on this machine, for a look; any web server does the same.
//!
//! With `--watch` it is built first, and again whenever a file changes; open pages follow.

mod live;
mod rebuild;

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context, anyhow};
use axum::Router;
use tokio::{net::TcpListener, runtime::Runtime};
use tower_http::services::{ServeDir, ServeFile};

use crate::cli::{
    Failure,
    args::ServeArgs,
    exit::outside,
    output::{BOLD, Output},
};
use live::Live;
use rebuild::Builder;

/// Serves until interrupted.
pub(in crate::cli) fn run(portal: &Path, args: &ServeArgs, output: &Output) -> Result<(), Failure> {
    let site = portal.join(&args.dir);
    if !args.watch {
        return serve(&site, args.port, output);
    }
    let (live, app) = (Live::default(), files(&site));
    let app = live.router(app);
    let runtime = Runtime::new().map_err(outside)?;
    let listener = runtime.block_on(listen(args.port))?;
    let mut builder = Builder::new(portal, &site, live, output.clone())?;
    builder.build();
    // The thread ends with the process: what it leaves half built is thrown away by the next build.
    drop(std::thread::spawn(move || builder.run()));
    answer(runtime, listener, app, output)
}

/// Serves the site in `site` on 127.0.0.1 until Ctrl-C.
pub(super) fn serve(site: &Path, port: u16, output: &Output) -> Result<(), Failure> {
    if !site.join("index.html").is_file() {
        let site = site.display();
        return Err(Failure::Usage(anyhow!(
            "there is no site in `{site}`\nhint: run `callboard build` first"
        )));
    }
    let runtime = Runtime::new().map_err(outside)?;
    let listener = runtime.block_on(listen(port))?;
    answer(runtime, listener, files(site), output)
}

/// Answers until Ctrl-C, which waits for nobody who still listens.
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
            ended = axum::serve(listener, app) => ended,
            interrupted = interrupted => interrupted,
        }
    });
    runtime.shutdown_background();
    answered.map_err(outside)
}

/// The files of a site as they are.
fn files(site: &Path) -> Router {
    let missing = ServeFile::new(site.join("404.html"));
    Router::new().fallback_service(ServeDir::new(site).not_found_service(missing))
}

/// Takes the port, or says which one is taken.
pub(super) async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}; `--port 0` takes a free one"))
        .map_err(Failure::Outside)
}
