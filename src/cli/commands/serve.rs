//! `callboard serve`: a built site on this machine, for a look; any web server does the same.

use std::{net::Ipv4Addr, path::Path};

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tower_http::services::{ServeDir, ServeFile};

use crate::cli::{
    Failure,
    args::ServeArgs,
    exit::outside,
    output::{BOLD, Output},
};

/// Serves until interrupted.
pub(in crate::cli) fn run(portal: &Path, args: &ServeArgs, output: &Output) -> Result<(), Failure> {
    serve(&portal.join(&args.dir), args.port, output)
}

/// Serves the site in `site` on 127.0.0.1 until Ctrl-C.
pub(super) fn serve(site: &Path, port: u16, output: &Output) -> Result<(), Failure> {
    if !site.join("index.html").is_file() {
        let site = site.display();
        return Err(Failure::Usage(anyhow!(
            "there is no site in `{site}`\nhint: run `callboard build` first"
        )));
    }
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    runtime.block_on(async {
        let listener = listen(port).await?;
        let address = listener.local_addr().map_err(outside)?;
        output.line(format!("serving on {BOLD}http://{address}/{BOLD:#} (Ctrl-C ends it)"));
        let missing = ServeFile::new(site.join("404.html"));
        let app =
            axum::Router::new().fallback_service(ServeDir::new(site).not_found_service(missing));
        axum::serve(listener, app)
            .with_graceful_shutdown(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
            .await
            .map_err(outside)
    })
}

/// Takes the port, or says which one is taken.
pub(super) async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("cannot listen on port {port}; `--port 0` takes a free one"))
        .map_err(Failure::Outside)
}
