use limbeck::prelude::*;

#[derive(Domain)]
struct Two(String, String);

#[derive(Domain)]
struct Named {
    value: String,
}

#[derive(Domain)]
enum NoStruct {
    A,
}

#[derive(Domain)]
struct Generic<T>(T);

#[derive(Domain)]
#[domain(nmae = "email")]
struct Misspelt(String);

#[derive(Domain)]
#[domain(len = 10)]
struct Long(i32);

#[derive(Domain)]
#[check(sql = "VALUE > 0", no_inherit)]
struct Inherited(i32);

#[derive(Model)]
#[exclude(on = (room, during.with("&&")))]
#[exclude(on = (rom.with("=")))]
#[exclude(on = (room.with("=").desc()))]
struct Booking {
    #[key]
    id: i32,
    room: i32,
    #[exclude(on = (room.with("=")))]
    during: i32,
}

fn main() {}
