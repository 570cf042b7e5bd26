using System.Globalization;
using System.IO.Pipelines;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Large binary values in chunks. The manifest is written last and names the version and the number of chunks, so a
/// reader sees a whole blob or the one before it.
/// </summary>
internal sealed class BlobStore(DurableStore store)
{
    private const int ChunkBytes = 512 * 1024;

    // The connection is shared and an answer is waited for a second or two: all chunks at once would keep everybody waiting.
    private const int ChunksAtOnce = 4;

    // Of what is sent while it is being written, so much is held besides.
    private const int WriteBuffer = 2 << 20;

    /// <summary>Writes a version of a blob and removes the chunks of the version before, and of writes that were cut off.</summary>
    /// <exception cref="StaleActivationException">Another write has begun meanwhile; nothing is left of this one.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the version before is still in place.</exception>
    public Task WriteAsync(string name, long version, Stream content) => DurableStore.Guard($"write blob {name}", async () =>
    {
        var intent = await BlobIntent.BeginAsync(store, name, version);
        var (chunks, bytes) = (0, 0L);
        var buffer = new byte[ChunkBytes];
        while (await content.ReadAtLeastAsync(buffer, ChunkBytes, throwOnEndOfStream: false) is > 0 and var read)
        {
            await intent.AllowAsync(chunks + 1);
            await store.WriteAsync(StoreKeys.Blob(name), d => d.StringSetAsync(Chunk(name, version, chunks), buffer.AsMemory(0, read)));
            (chunks, bytes) = (chunks + 1, bytes + read);
        }

        await intent.PublishAsync(new BlobVersion(version, chunks, bytes));
        return true;
    });

    /// <summary>
    /// Writes a version of a blob while <paramref name="write"/> writes it, on a thread of its own, so that a large one is not
    /// held a second time.
    /// </summary>
    /// <exception cref="StaleActivationException">Another write has begun meanwhile; nothing is left of this one.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the version before is still in place.</exception>
    public async Task WriteAsync(string name, long version, Action<Stream> write)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: WriteBuffer, resumeWriterThreshold: WriteBuffer / 2, useSynchronizationContext: false));
        var writing = Task.Factory.StartNew(() => Write(pipe.Writer, write), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await WriteAsync(name, version, pipe.Reader.AsStream(leaveOpen: true));
        }
        finally
        {
            // A writer whose reader has gone writes to nobody and ends.
            await pipe.Reader.CompleteAsync();
            await writing;
        }
    }

    /// <summary>The newest whole version of a blob, or <see langword="null"/>.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<(long Version, byte[] Content)?> ReadAsync(string name) => DurableStore.Guard<(long Version, byte[] Content)?>($"read blob {name}", async () =>
    {
        // A writer may replace the blob between the manifest and the last chunk; then the new manifest is read.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            if (await ManifestAsync(store, name) is not { } manifest)
            {
                return null;
            }

            if (await ReadAsync(name, manifest) is { } content)
            {
                return (manifest.Version, content);
            }
        }

        return null;
    });

    /// <summary>The version that readers see; 0 where there is none.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<long> VersionAsync(string name) => DurableStore.Guard($"read blob {name}", async () => (await ManifestAsync(store, name))?.Version ?? 0);

    /// <summary>Writes a value that is small enough to be replaced in one step: it has no versions.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task PutAsync(string name, ReadOnlyMemory<byte> content) =>
        DurableStore.Guard($"write {name}", () => store.WriteAsync(StoreKeys.Blob(name), d => d.StringSetAsync(StoreKeys.Blob(name), content)));

    /// <summary>Writes such a value where there is none.</summary>
    /// <returns>False: there is one, which stays.</returns>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the value may or may not be there.</exception>
    public Task<bool> TryAddAsync(string name, ReadOnlyMemory<byte> content) =>
        DurableStore.Guard($"write {name}", () => store.WriteAsync(StoreKeys.Blob(name), d => d.StringSetAsync(StoreKeys.Blob(name), content, when: When.NotExists)));

    /// <summary>Reads what <see cref="PutAsync"/> wrote, or <see langword="null"/>.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<byte[]?> GetAsync(string name) =>
        DurableStore.Guard($"read {name}", async () => (byte[]?)await store.Reads.StringGetAsync(StoreKeys.Blob(name)));

    /// <summary>Removes what <see cref="PutAsync"/> wrote.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task RemoveAsync(string name) =>
        DurableStore.Guard($"remove {name}", () => store.WriteAsync(StoreKeys.Blob(name), d => d.KeyDeleteAsync(StoreKeys.Blob(name))));

    /// <summary>The name of a chunk.</summary>
    public static RedisKey Chunk(string name, long version, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{StoreKeys.Blob(name)}:{version}:{index}");

    /// <summary>The version that readers see, or <see langword="null"/>.</summary>
    public static async Task<BlobVersion?> ManifestAsync(DurableStore store, string name) =>
        (string?)await store.Reads.StringGetAsync(StoreKeys.Blob(name)) is { } manifest ? BlobVersion.Parse(manifest) : null;

    private static void Write(PipeWriter output, Action<Stream> write)
    {
        try
        {
            using var stream = output.AsStream(leaveOpen: true);
            write(stream);
            output.Complete();
        }
        catch (Exception exception)
        {
            output.Complete(exception);
        }
    }

    // Into one array: the chunks are not held a second time. Null where one of them is gone.
    private async Task<byte[]?> ReadAsync(string name, BlobVersion manifest)
    {
        var bytes = manifest.Bytes >= 0 || manifest.Chunks == 0
            ? Math.Max(0, manifest.Bytes)
            : ((manifest.Chunks - 1L) * ChunkBytes) + await store.Reads.StringLengthAsync(Chunk(name, manifest.Version, manifest.Chunks - 1));
        var content = new byte[bytes];
        foreach (var group in Enumerable.Range(0, manifest.Chunks).Chunk(ChunksAtOnce))
        {
            var values = await Task.WhenAll(group.Select(i => store.Reads.StringGetAsync(Chunk(name, manifest.Version, i))));
            foreach (var (index, value) in group.Zip(values))
            {
                var place = content.AsMemory(index * ChunkBytes);
                ReadOnlyMemory<byte> chunk = value;
                if (chunk.Length != Math.Min(ChunkBytes, place.Length))
                {
                    return null;
                }

                chunk.CopyTo(place);
            }
        }

        return content;
    }
}
