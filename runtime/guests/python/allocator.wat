;; A size-class allocator for Python's small objects. This build of CPython has no pymalloc, and libc's
;; malloc costs 10 % more on programs that allocate much.
;;
;; The hot paths stand inline, since Cranelift does not inline calls.
;;
;; 64 classes of 8 to 512 bytes in steps of 8. A class owns pages of 16 KiB, cut from arenas of 256 KiB; a page
;; belongs to one class for ever. A freed block goes on its class's list. Larger blocks are libc's.
;;
;; A library of the merge like the others: position-independent, its data at $data.
;;   $data +    0  head of the free list of each class (class k at 4k, k = 1..64)
;;   $data +  272  next fresh block of each class
;;   $data +  544  end of the current page of each class
;;   $data +  816  next page of the current arena
;;   $data +  820  end of the current arena
;;   $data +  832  the PyMemAllocatorEx handed to CPython
;;   $data + 1024  class of each 16 KiB page of the address space, 0 where it is libc's
(module
  (@dylink.0 (mem-info (memory 263168 4) (table 4 0)))
  (import "env" "memory" (memory 0))
  (import "env" "__indirect_function_table" (table 0 funcref))
  (import "env" "__memory_base" (global $data i32))
  (import "env" "__table_base" (global $table i32))
  (import "env" "malloc" (func $libc_malloc (param i32) (result i32)))
  (import "env" "calloc" (func $libc_calloc (param i32 i32) (result i32)))
  (import "env" "realloc" (func $libc_realloc (param i32 i32) (result i32)))
  (import "env" "free" (func $libc_free (param i32)))
  (import "env" "aligned_alloc" (func $libc_aligned_alloc (param i32 i32) (result i32)))
  (import "env" "PyMem_SetAllocator" (func $set_allocator (param i32 i32)))

  ;; libc may answer NULL to 0 bytes; Python asks for a pointer of its own.
  (func $at_least_one (param $size i32) (result i32)
    (select (local.get $size) (i32.const 1) (local.get $size)))

  ;; A fresh block: the next of the class's page, or the first of a new page.
  (func $fresh (param $head i32) (result i32)
    (local $size i32) (local $block i32) (local $next i32)
    (local.set $size (i32.shl (i32.sub (local.get $head) (global.get $data)) (i32.const 1)))
    (local.set $block (i32.load offset=272 (local.get $head)))
    (local.set $next (i32.add (local.get $block) (local.get $size)))
    (if (i32.and
          (i32.ne (local.get $block) (i32.const 0))
          (i32.le_u (local.get $next) (i32.load offset=544 (local.get $head))))
      (then
        (i32.store offset=272 (local.get $head) (local.get $next))
        (return (local.get $block))))
    (local.set $block (i32.load offset=816 (global.get $data)))
    (if (i32.eq (local.get $block) (i32.load offset=820 (global.get $data)))
      (then
        (local.set $block (call $libc_aligned_alloc (i32.const 16384) (i32.const 262144)))
        (if (i32.eqz (local.get $block)) (then (return (i32.const 0))))
        (i32.store offset=820 (global.get $data) (i32.add (local.get $block) (i32.const 262144)))))
    (i32.store offset=816 (global.get $data) (i32.add (local.get $block) (i32.const 16384)))
    (i32.store8 offset=1024
      (i32.add (global.get $data) (i32.shr_u (local.get $block) (i32.const 14)))
      (i32.shr_u (local.get $size) (i32.const 3)))
    (i32.store offset=272 (local.get $head) (i32.add (local.get $block) (local.get $size)))
    (i32.store offset=544 (local.get $head) (i32.add (local.get $block) (i32.const 16384)))
    (local.get $block))

  (func $malloc (param $context i32) (param $size i32) (result i32)
    (local $head i32) (local $block i32)
    (if (i32.gt_u (i32.sub (local.get $size) (i32.const 1)) (i32.const 511))
      (then (return (call $libc_malloc (call $at_least_one (local.get $size))))))
    (local.set $head
      (i32.add (global.get $data)
        (i32.and (i32.shr_u (i32.add (local.get $size) (i32.const 7)) (i32.const 1)) (i32.const -4))))
    (local.set $block (i32.load (local.get $head)))
    (if (local.get $block)
      (then
        (i32.store (local.get $head) (i32.load (local.get $block)))
        (return (local.get $block))))
    (call $fresh (local.get $head)))

  ;; CPython has checked that count * size does not overflow.
  (func $calloc (param $context i32) (param $count i32) (param $each i32) (result i32)
    (local $size i32) (local $block i32) (local $word i32)
    (local.set $size (i32.mul (local.get $count) (local.get $each)))
    (if (i32.gt_u (i32.sub (local.get $size) (i32.const 1)) (i32.const 511))
      (then (return (call $libc_calloc (i32.const 1) (call $at_least_one (local.get $size))))))
    (local.set $block (call $malloc (local.get $context) (local.get $size)))
    (if (i32.eqz (local.get $block)) (then (return (i32.const 0))))
    ;; Blocks are whole words, and for so few of them a loop is faster than memory.fill.
    (local.set $word (local.get $block))
    (local.set $size (i32.add (local.get $block) (local.get $size)))
    (loop $zero
      (i64.store (local.get $word) (i64.const 0))
      (local.set $word (i32.add (local.get $word) (i32.const 8)))
      (br_if $zero (i32.lt_u (local.get $word) (local.get $size))))
    (local.get $block))

  (func $free (param $context i32) (param $block i32)
    (local $head i32)
    (local.set $head
      (i32.load8_u offset=1024 (i32.add (global.get $data) (i32.shr_u (local.get $block) (i32.const 14)))))
    (if (i32.eqz (local.get $head))
      (then (call $libc_free (local.get $block)) (return)))
    (local.set $head (i32.add (global.get $data) (i32.shl (local.get $head) (i32.const 2))))
    (i32.store (local.get $block) (i32.load (local.get $head)))
    (i32.store (local.get $head) (local.get $block)))

  ;; A block stays where it is while more than three quarters of it are used.
  (func $realloc (param $context i32) (param $block i32) (param $size i32) (result i32)
    (local $room i32) (local $moved i32)
    (if (i32.eqz (local.get $block))
      (then (return (call $malloc (local.get $context) (local.get $size)))))
    (local.set $room
      (i32.shl
        (i32.load8_u offset=1024 (i32.add (global.get $data) (i32.shr_u (local.get $block) (i32.const 14))))
        (i32.const 3)))
    (if (i32.eqz (local.get $room))
      (then (return (call $libc_realloc (local.get $block) (call $at_least_one (local.get $size))))))
    (if (i32.and
          (i32.le_u (local.get $size) (local.get $room))
          (i32.gt_u (i32.shl (local.get $size) (i32.const 2)) (i32.mul (local.get $room) (i32.const 3))))
      (then (return (local.get $block))))
    (local.set $moved (call $malloc (local.get $context) (local.get $size)))
    (if (i32.eqz (local.get $moved)) (then (return (i32.const 0))))
    (memory.copy (local.get $moved) (local.get $block)
      (select (local.get $size) (local.get $room) (i32.lt_u (local.get $size) (local.get $room))))
    (call $free (local.get $context) (local.get $block))
    (local.get $moved))

  (elem (global.get $table) func $malloc $calloc $realloc $free)

  ;; Hands the allocator to CPython for its domains "mem" (1) and "obj" (2). Before the interpreter starts.
  (func (export "allocator_install")
    (local $allocator i32)
    (local.set $allocator (i32.add (global.get $data) (i32.const 832)))
    (i32.store (local.get $allocator) (i32.const 0))
    (i32.store offset=4 (local.get $allocator) (global.get $table))
    (i32.store offset=8 (local.get $allocator) (i32.add (global.get $table) (i32.const 1)))
    (i32.store offset=12 (local.get $allocator) (i32.add (global.get $table) (i32.const 2)))
    (i32.store offset=16 (local.get $allocator) (i32.add (global.get $table) (i32.const 3)))
    (call $set_allocator (i32.const 1) (local.get $allocator))
    (call $set_allocator (i32.const 2) (local.get $allocator)))

  ;; Forgets the free blocks, which are scattered over the snapshot: what a run allocates then comes
  ;; from fresh, dense pages, and few pages are dirtied.
  (func (export "allocator_seal")
    (memory.fill (global.get $data) (i32.const 0) (i32.const 824))))
