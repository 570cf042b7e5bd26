using System.Globalization;
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

    /// <summary>Writes a version of a blob and removes the chunks of the version before.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the version before is still in place.</exception>
    public Task WriteAsync(string name, long version, ReadOnlyMemory<byte> content) => DurableStore.Guard($"write blob {name}", async () =>
    {
        var before = await ManifestAsync(name);
        var chunks = (content.Length + ChunkBytes - 1) / ChunkBytes;
        for (var i = 0; i < chunks; i++)
        {
            var start = i * ChunkBytes;
            await store.WriteAsync(d => d.StringSetAsync(Chunk(name, version, i), content.Slice(start, Math.Min(ChunkBytes, content.Length - start))));
        }

        await store.WriteAsync(d => d.StringSetAsync(StoreKeys.Blob(name), string.Create(CultureInfo.InvariantCulture, $"{version}:{chunks}")));
        for (var i = 0; before is { } old && old.Version != version && i < old.Chunks; i++)
        {
            await store.WriteAsync(d => d.KeyDeleteAsync(Chunk(name, old.Version, i)));
        }

        return true;
    });

    /// <summary>The newest whole version of a blob, or <see langword="null"/>.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<(long Version, byte[] Content)?> ReadAsync(string name) => DurableStore.Guard<(long Version, byte[] Content)?>($"read blob {name}", async () =>
    {
        // A writer may replace the blob between the manifest and the last chunk; then the new manifest is read.
        for (var attempt = 0; attempt < 5; attempt++)
        {
            if (await ManifestAsync(name) is not { } manifest)
            {
                return null;
            }

            var parts = new List<byte[]?>(manifest.Chunks);
            foreach (var group in Enumerable.Range(0, manifest.Chunks).Chunk(ChunksAtOnce))
            {
                var values = await Task.WhenAll(group.Select(i => store.Reads.StringGetAsync(Chunk(name, manifest.Version, i))));
                parts.AddRange(values.Select(value => (byte[]?)value));
            }

            if (parts.TrueForAll(part => part is not null))
            {
                var content = new byte[parts.Sum(part => part!.Length)];
                var end = 0;
                foreach (var part in parts)
                {
                    part!.CopyTo(content, end);
                    end += part.Length;
                }

                return (manifest.Version, content);
            }
        }

        return null;
    });

    /// <summary>Writes a value that is small enough to be replaced in one step: it has no versions.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task PutAsync(string name, ReadOnlyMemory<byte> content) =>
        DurableStore.Guard($"write {name}", () => store.WriteAsync(d => d.StringSetAsync(StoreKeys.Blob(name), content)));

    /// <summary>Reads what <see cref="PutAsync"/> wrote, or <see langword="null"/>.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<byte[]?> GetAsync(string name) =>
        DurableStore.Guard($"read {name}", async () => (byte[]?)await store.Reads.StringGetAsync(StoreKeys.Blob(name)));

    /// <summary>Removes what <see cref="PutAsync"/> wrote.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task RemoveAsync(string name) =>
        DurableStore.Guard($"remove {name}", () => store.WriteAsync(d => d.KeyDeleteAsync(StoreKeys.Blob(name))));

    private static RedisKey Chunk(string name, long version, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{StoreKeys.Blob(name)}:{version}:{index}");

    private async Task<(long Version, int Chunks)?> ManifestAsync(string name)
    {
        var manifest = (string?)await store.Reads.StringGetAsync(StoreKeys.Blob(name));
        if (manifest is null)
        {
            return null;
        }

        var colon = manifest.IndexOf(':', StringComparison.Ordinal);
        return (long.Parse(manifest.AsSpan(0, colon), CultureInfo.InvariantCulture), int.Parse(manifest.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }
}
