//! The preview 1 functions, each handed on to the file that does its work: streams, paths, or a few lines here.

use wiggle::{GuestError, GuestMemory, GuestPtr};

use crate::files::{Kind, Stat, Target};
use crate::host::{BYTES_A_FUEL, Host};
use crate::stop::Stop;
use crate::wasi::{paths, streams};
use types::{Errno, Error, Fd, Filetype, Rights};
use wasi_snapshot_preview1::WasiSnapshotPreview1;

#[expect(clippy::too_many_arguments, reason = "the specification's functions have that many")]
mod generated {
    use crate::files::Refusal;
    wiggle::from_witx!({
        witx: ["src/wasi/preview1.witx"],
        errors: { errno => trappable Error },
        tracing: false,
        wasmtime: false,
    });

    impl From<Refusal> for types::Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::Errno(errno) => errno.into(),
                Refusal::Stop(stop) => types::Error::trap(stop.into()),
            }
        }
    }
}

pub(crate) use generated::{types, wasi_snapshot_preview1};

/// Declares one linker function for each name: ABI arguments in, the specification's function called on the host.
macro_rules! link {
    ($linker:expr; $($name:ident($($argument:ident: $type:ty),*);)+) => {$(
        $linker.func_wrap(
            "wasi_snapshot_preview1",
            stringify!($name),
            |mut caller: wasmtime::Caller<'_, Host>, $($argument: $type),*| {
                Host::call(&mut caller, |host, memory| {
                    wasi_snapshot_preview1::$name(host, memory, $($argument),*)
                })
            },
        )?;
    )+};
}

pub(super) fn add_to_linker(linker: &mut wasmtime::Linker<Host>) -> wasmtime::Result<()> {
    link! { linker;
        args_get(a: i32, b: i32);
        args_sizes_get(a: i32, b: i32);
        environ_get(a: i32, b: i32);
        environ_sizes_get(a: i32, b: i32);
        clock_res_get(a: i32, b: i32);
        clock_time_get(a: i32, b: i64, c: i32);
        fd_advise(a: i32, b: i64, c: i64, d: i32);
        fd_allocate(a: i32, b: i64, c: i64);
        fd_close(a: i32);
        fd_datasync(a: i32);
        fd_fdstat_get(a: i32, b: i32);
        fd_fdstat_set_flags(a: i32, b: i32);
        fd_fdstat_set_rights(a: i32, b: i64, c: i64);
        fd_filestat_get(a: i32, b: i32);
        fd_filestat_set_size(a: i32, b: i64);
        fd_filestat_set_times(a: i32, b: i64, c: i64, d: i32);
        fd_pread(a: i32, b: i32, c: i32, d: i64, e: i32);
        fd_prestat_get(a: i32, b: i32);
        fd_prestat_dir_name(a: i32, b: i32, c: i32);
        fd_pwrite(a: i32, b: i32, c: i32, d: i64, e: i32);
        fd_read(a: i32, b: i32, c: i32, d: i32);
        fd_readdir(a: i32, b: i32, c: i32, d: i64, e: i32);
        fd_renumber(a: i32, b: i32);
        fd_seek(a: i32, b: i64, c: i32, d: i32);
        fd_sync(a: i32);
        fd_tell(a: i32, b: i32);
        fd_write(a: i32, b: i32, c: i32, d: i32);
        path_create_directory(a: i32, b: i32, c: i32);
        path_filestat_get(a: i32, b: i32, c: i32, d: i32, e: i32);
        path_filestat_set_times(a: i32, b: i32, c: i32, d: i32, e: i64, f: i64, g: i32);
        path_link(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32);
        path_open(a: i32, b: i32, c: i32, d: i32, e: i32, f: i64, g: i64, h: i32, i: i32);
        path_readlink(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32);
        path_remove_directory(a: i32, b: i32, c: i32);
        path_rename(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32);
        path_symlink(a: i32, b: i32, c: i32, d: i32, e: i32);
        path_unlink_file(a: i32, b: i32, c: i32);
        poll_oneoff(a: i32, b: i32, c: i32, d: i32);
        proc_exit(a: i32);
        sched_yield();
        random_get(a: i32, b: i32);
        sock_accept(a: i32, b: i32, c: i32);
        sock_recv(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32);
        sock_send(a: i32, b: i32, c: i32, d: i32, e: i32);
        sock_shutdown(a: i32, b: i32);
    }
    Ok(())
}

impl wiggle::GuestErrorType for Errno {
    fn success() -> Self {
        Errno::Success
    }
}

impl From<GuestError> for Error {
    fn from(error: GuestError) -> Self {
        match error {
            GuestError::InvalidUtf8(_) => Errno::Ilseq.into(),
            GuestError::InvalidFlagValue(_) | GuestError::InvalidEnumValue(_) => Errno::Inval.into(),
            GuestError::InFunc { err, .. } => Error::from(*err),
            _ => Errno::Fault.into(),
        }
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        Error::trap(stop.into())
    }
}

type Result<T> = std::result::Result<T, Error>;

pub(super) fn filetype(kind: Kind) -> Filetype {
    match kind {
        Kind::Directory => Filetype::Directory,
        Kind::File => Filetype::RegularFile,
        Kind::Link => Filetype::SymbolicLink,
    }
}

pub(super) fn filestat(stat: Stat) -> types::Filestat {
    types::Filestat {
        dev: 1,
        ino: stat.inode,
        filetype: filetype(stat.kind),
        nlink: stat.links,
        size: stat.size,
        atim: stat.modified_ns,
        mtim: stat.modified_ns,
        ctim: stat.modified_ns,
    }
}

fn number(fd: Fd) -> u32 {
    fd.into()
}

impl WasiSnapshotPreview1 for Host {
    // The guest's arguments and environment are empty: the driver sets `sys.argv` itself.
    fn args_get(&mut self, _: &mut GuestMemory<'_>, _: GuestPtr<GuestPtr<u8>>, _: GuestPtr<u8>) -> Result<()> {
        Ok(())
    }

    fn args_sizes_get(&mut self, _: &mut GuestMemory<'_>) -> Result<(u32, u32)> {
        Ok((0, 0))
    }

    fn environ_get(&mut self, _: &mut GuestMemory<'_>, _: GuestPtr<GuestPtr<u8>>, _: GuestPtr<u8>) -> Result<()> {
        Ok(())
    }

    fn environ_sizes_get(&mut self, _: &mut GuestMemory<'_>) -> Result<(u32, u32)> {
        Ok((0, 0))
    }

    fn clock_res_get(&mut self, _: &mut GuestMemory<'_>, _: types::Clockid) -> Result<u64> {
        Ok(1)
    }

    fn clock_time_get(&mut self, _: &mut GuestMemory<'_>, id: types::Clockid, _: u64) -> Result<u64> {
        Ok(match id {
            types::Clockid::Realtime => self.clock.realtime_ns(),
            types::Clockid::Monotonic | types::Clockid::ProcessCputimeId | types::Clockid::ThreadCputimeId => {
                self.clock.monotonic_ns()
            }
        })
    }

    fn fd_advise(&mut self, _: &mut GuestMemory<'_>, fd: Fd, _: u64, _: u64, _: types::Advice) -> Result<()> {
        self.descriptors.get(number(fd))?;
        Ok(())
    }

    fn fd_allocate(&mut self, _: &mut GuestMemory<'_>, fd: Fd, offset: u64, len: u64) -> Result<()> {
        let end = offset.checked_add(len).ok_or(Errno::Fbig)?;
        if streams::stat(self, number(fd))?.size < end {
            streams::resize(self, number(fd), end)?;
        }
        Ok(())
    }

    fn fd_close(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<()> {
        let closed = self.descriptors.close(number(fd))?;
        streams::released(self, &closed);
        Ok(())
    }

    fn fd_datasync(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<()> {
        self.descriptors.get(number(fd))?;
        Ok(())
    }

    fn fd_fdstat_get(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<types::Fdstat> {
        let descriptor = self.descriptors.get(number(fd))?;
        // libc takes a character device that can't seek for a terminal; these are none.
        let fs_filetype = match descriptor.target {
            Target::Stdin | Target::Stdout | Target::Stderr => Filetype::CharacterDevice,
            Target::Node(_) | Target::HostFile(_) | Target::HostFolder(_) => {
                filetype(streams::stat(self, number(fd))?.kind)
            }
        };
        let descriptor = self.descriptors.get(number(fd))?;
        let fs_flags = if descriptor.append { types::Fdflags::APPEND } else { types::Fdflags::empty() };
        Ok(types::Fdstat { fs_filetype, fs_flags, fs_rights_base: Rights::all(), fs_rights_inheriting: Rights::all() })
    }

    fn fd_fdstat_set_flags(&mut self, _: &mut GuestMemory<'_>, fd: Fd, flags: types::Fdflags) -> Result<()> {
        self.descriptors.get_mut(number(fd))?.append = flags.contains(types::Fdflags::APPEND);
        Ok(())
    }

    fn fd_fdstat_set_rights(&mut self, _: &mut GuestMemory<'_>, fd: Fd, _: Rights, _: Rights) -> Result<()> {
        self.descriptors.get(number(fd))?;
        Ok(())
    }

    fn fd_filestat_get(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<types::Filestat> {
        match self.descriptors.get(number(fd))?.target {
            Target::Stdin | Target::Stdout | Target::Stderr => Ok(types::Filestat {
                dev: 1,
                ino: 0,
                filetype: Filetype::CharacterDevice,
                nlink: 1,
                size: 0,
                atim: 0,
                mtim: 0,
                ctim: 0,
            }),
            Target::Node(_) | Target::HostFile(_) | Target::HostFolder(_) => {
                Ok(filestat(streams::stat(self, number(fd))?))
            }
        }
    }

    fn fd_filestat_set_size(&mut self, _: &mut GuestMemory<'_>, fd: Fd, size: u64) -> Result<()> {
        streams::resize(self, number(fd), size)
    }

    fn fd_filestat_set_times(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: Fd,
        _: u64,
        modified: u64,
        flags: types::Fstflags,
    ) -> Result<()> {
        match self.descriptors.get(number(fd))?.target {
            Target::Node(id) => paths::set_modified(self, id, modified, flags),
            _ => Ok(()),
        }
    }

    fn fd_pread(&mut self, memory: &mut GuestMemory<'_>, fd: Fd, iovs: types::IovecArray, offset: u64) -> Result<u32> {
        streams::read(self, memory, number(fd), iovs, Some(offset))
    }

    fn fd_prestat_get(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<types::Prestat> {
        match number(fd) {
            3 => Ok(types::Prestat::Dir(types::PrestatDir { pr_name_len: 1 })),
            _ => Err(Errno::Badf.into()),
        }
    }

    fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        path: GuestPtr<u8>,
        len: u32,
    ) -> Result<()> {
        match (number(fd), len) {
            (3, 1..) => Ok(memory.write(path, b'/')?),
            (3, 0) => Err(Errno::Nametoolong.into()),
            _ => Err(Errno::Badf.into()),
        }
    }

    fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        iovs: types::CiovecArray,
        offset: u64,
    ) -> Result<u32> {
        streams::write(self, memory, number(fd), iovs, Some(offset))
    }

    fn fd_read(&mut self, memory: &mut GuestMemory<'_>, fd: Fd, iovs: types::IovecArray) -> Result<u32> {
        streams::read(self, memory, number(fd), iovs, None)
    }

    fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        buffer: GuestPtr<u8>,
        len: u32,
        cookie: u64,
    ) -> Result<u32> {
        paths::read_directory(self, memory, number(fd), buffer.as_array(len), cookie)
    }

    fn fd_renumber(&mut self, _: &mut GuestMemory<'_>, fd: Fd, to: Fd) -> Result<()> {
        if let Some(replaced) = self.descriptors.renumber(number(fd), number(to))? {
            streams::released(self, &replaced);
        }
        Ok(())
    }

    fn fd_seek(&mut self, _: &mut GuestMemory<'_>, fd: Fd, offset: i64, whence: types::Whence) -> Result<u64> {
        streams::seek(self, number(fd), offset, whence)
    }

    fn fd_sync(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<()> {
        self.descriptors.get(number(fd))?;
        Ok(())
    }

    fn fd_tell(&mut self, _: &mut GuestMemory<'_>, fd: Fd) -> Result<u64> {
        streams::seek(self, number(fd), 0, types::Whence::Cur)
    }

    fn fd_write(&mut self, memory: &mut GuestMemory<'_>, fd: Fd, iovs: types::CiovecArray) -> Result<u32> {
        streams::write(self, memory, number(fd), iovs, None)
    }

    fn path_create_directory(&mut self, memory: &mut GuestMemory<'_>, fd: Fd, path: GuestPtr<str>) -> Result<()> {
        paths::create_directory(self, number(fd), &memory.as_cow_str(path)?)
    }

    fn path_filestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        flags: types::Lookupflags,
        path: GuestPtr<str>,
    ) -> Result<types::Filestat> {
        paths::stat(self, number(fd), &memory.as_cow_str(path)?, flags)
    }

    fn path_filestat_set_times(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        flags: types::Lookupflags,
        path: GuestPtr<str>,
        _: u64,
        modified: u64,
        times: types::Fstflags,
    ) -> Result<()> {
        paths::set_times(self, number(fd), &memory.as_cow_str(path)?, flags, modified, times)
    }

    fn path_link(
        &mut self,
        memory: &mut GuestMemory<'_>,
        old_fd: Fd,
        flags: types::Lookupflags,
        old: GuestPtr<str>,
        new_fd: Fd,
        new: GuestPtr<str>,
    ) -> Result<()> {
        let (old, new) = (memory.as_cow_str(old)?, memory.as_cow_str(new)?);
        paths::link(self, (number(old_fd), &old), flags, (number(new_fd), &new))
    }

    fn path_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        lookup: types::Lookupflags,
        path: GuestPtr<str>,
        oflags: types::Oflags,
        rights: Rights,
        _: Rights,
        fdflags: types::Fdflags,
    ) -> Result<Fd> {
        let how = paths::Open {
            follow: lookup.contains(types::Lookupflags::SYMLINK_FOLLOW),
            oflags,
            append: fdflags.contains(types::Fdflags::APPEND),
            reads: rights.intersects(Rights::FD_READ | Rights::FD_READDIR),
            writes: rights.contains(Rights::FD_WRITE),
        };
        paths::open(self, number(fd), &memory.as_cow_str(path)?, &how).map(Fd::from)
    }

    fn path_readlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        path: GuestPtr<str>,
        buffer: GuestPtr<u8>,
        len: u32,
    ) -> Result<u32> {
        let target = paths::read_link(self, number(fd), &memory.as_cow_str(path)?)?;
        let copied = target.len().min(len as usize) as u32;
        memory.copy_from_slice(&target.as_bytes()[..copied as usize], buffer.as_array(copied))?;
        Ok(copied)
    }

    fn path_remove_directory(&mut self, memory: &mut GuestMemory<'_>, fd: Fd, path: GuestPtr<str>) -> Result<()> {
        paths::remove(self, number(fd), &memory.as_cow_str(path)?, Kind::Directory)
    }

    fn path_rename(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: Fd,
        old: GuestPtr<str>,
        new_fd: Fd,
        new: GuestPtr<str>,
    ) -> Result<()> {
        let (old, new) = (memory.as_cow_str(old)?, memory.as_cow_str(new)?);
        paths::rename(self, (number(fd), &old), (number(new_fd), &new))
    }

    fn path_symlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        target: GuestPtr<str>,
        fd: Fd,
        path: GuestPtr<str>,
    ) -> Result<()> {
        let (target, path) = (memory.as_cow_str(target)?, memory.as_cow_str(path)?);
        paths::symlink(self, &target, number(fd), &path)
    }

    fn path_unlink_file(&mut self, memory: &mut GuestMemory<'_>, fd: Fd, path: GuestPtr<str>) -> Result<()> {
        paths::remove(self, number(fd), &memory.as_cow_str(path)?, Kind::File)
    }

    fn poll_oneoff(
        &mut self,
        memory: &mut GuestMemory<'_>,
        subscriptions: GuestPtr<types::Subscription>,
        events: GuestPtr<types::Event>,
        count: u32,
    ) -> Result<u32> {
        streams::poll(self, memory, subscriptions.as_array(count), events)
    }

    fn proc_exit(&mut self, _: &mut GuestMemory<'_>, code: u32) -> wiggle::error::Error {
        Stop::Exit(code as i32).into()
    }

    fn sched_yield(&mut self, _: &mut GuestMemory<'_>) -> Result<()> {
        Ok(())
    }

    fn random_get(&mut self, memory: &mut GuestMemory<'_>, buffer: GuestPtr<u8>, len: u32) -> Result<()> {
        if let Some(buffer) = memory.as_slice_mut(buffer.as_array(len))? {
            self.call_fuel += u64::from(len) / BYTES_A_FUEL;
            self.random.fill(buffer);
        }
        Ok(())
    }

    fn sock_accept(&mut self, _: &mut GuestMemory<'_>, _: Fd, _: types::Fdflags) -> Result<Fd> {
        Err(Errno::Notsock.into())
    }

    fn sock_recv(
        &mut self,
        _: &mut GuestMemory<'_>,
        _: Fd,
        _: types::IovecArray,
        _: types::Riflags,
    ) -> Result<(u32, types::Roflags)> {
        Err(Errno::Notsock.into())
    }

    fn sock_send(&mut self, _: &mut GuestMemory<'_>, _: Fd, _: types::CiovecArray, _: types::Siflags) -> Result<u32> {
        Err(Errno::Notsock.into())
    }

    fn sock_shutdown(&mut self, _: &mut GuestMemory<'_>, _: Fd, _: types::Sdflags) -> Result<()> {
        Err(Errno::Notsock.into())
    }
}
