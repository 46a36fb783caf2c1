//! A TCP proxy that adds latency.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A proxy on 127.0.0.1 that delays what passes, in each direction, without slowing the flow.
///
/// Every chunk is stamped on arrival and leaves when its time has come, so any number can be under way at once: a long
/// line, not a slow one.
pub struct DelayProxy {
    port: u16,
}

impl DelayProxy {
    /// Starts a proxy before `target` (`host:port`) that runs as long as the process.
    ///
    /// # Panics
    /// When the target has no address or no port is free.
    pub fn start(target: impl ToSocketAddrs, one_way_delay: Duration) -> DelayProxy {
        let target = target
            .to_socket_addrs()
            .unwrap_or_else(|error| panic!("the target of a delay proxy has no address: {error}"))
            .next()
            .expect("the target of a delay proxy has an address");
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .unwrap_or_else(|error| panic!("no port for a delay proxy: {error}"));
        let port = listener.local_addr().expect("a listening socket has an address").port();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                connect(client, target, one_way_delay);
            }
        });
        DelayProxy { port }
    }

    /// The port on 127.0.0.1 to connect to instead of the target.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn connect(client: TcpStream, target: SocketAddr, delay: Duration) {
    // A target that refuses shows as a closed connection, as it would behind any proxy.
    let Ok(server) = TcpStream::connect(target) else { return };
    for stream in [&client, &server] {
        // Without it the kernel would hold back small packets and add a latency of its own.
        let _ = stream.set_nodelay(true);
    }
    let (Ok(client_writer), Ok(server_writer)) = (client.try_clone(), server.try_clone()) else { return };
    pump(client, server_writer, delay);
    pump(server, client_writer, delay);
}

fn pump(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let chunk = buffer.iter().take(length).copied().collect();
            if sender.send((Instant::now() + delay, chunk)).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        while let Ok((due, chunk)) = receiver.recv() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&chunk).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
