using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;

namespace Lepton.Orleans.Grains.Tests.Storage;

public sealed class BlobStoreTests(StoreServers servers)
{
    private const int ChunkBytes = 512 * 1024;

    [Theory, EachStore]
    public async Task A_blob_reads_back_whatever_its_size(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        Assert.Null(await store.Blobs.ReadAsync(name));
        var version = 0;
        foreach (var size in new[] { 0, 1, ChunkBytes - 1, ChunkBytes, ChunkBytes + 1, (3 * ChunkBytes) + 7, 5 })
        {
            var content = Content(++version, size);
            await store.Blobs.WriteAsync(name, version, content);
            var read = await store.Blobs.ReadAsync(name);
            Assert.Equal(version, read!.Value.Version);
            Assert.True(content.AsSpan().SequenceEqual(read.Value.Content));
        }
    }

    [Theory, EachStore]
    public async Task A_reader_sees_one_whole_version_while_a_writer_replaces_it(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        await store.Blobs.WriteAsync(name, 1, Content(1, 3 * ChunkBytes));
        var writer = Task.Run(async () =>
        {
            for (var version = 2; version <= 20; version++)
            {
                await store.Blobs.WriteAsync(name, version, Content(version, ((version % 3) + 1) * ChunkBytes));
            }
        }, TestContext.Current.CancellationToken);
        var newest = 0L;
        do
        {
            var read = await store.Blobs.ReadAsync(name);
            Assert.NotNull(read);
            Assert.True(read.Value.Version >= newest);
            newest = read.Value.Version;
            Assert.True(Content(newest, read.Value.Content.Length).AsSpan().SequenceEqual(read.Value.Content), $"Version {newest} is mixed with another.");
        }
        while (!writer.IsCompleted);

        await writer;
    }

    [Theory, EachStore]
    public async Task The_chunks_of_the_version_before_are_removed(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        await store.Blobs.WriteAsync(name, 1, Content(1, 2 * ChunkBytes));
        await store.Blobs.WriteAsync(name, 2, Content(2, 10));
        Assert.False(await store.Database.KeyExistsAsync($"{StoreKeys.Blob(name)}:1:0"));
        Assert.False(await store.Database.KeyExistsAsync($"{StoreKeys.Blob(name)}:1:1"));
        Assert.True(await store.Database.KeyExistsAsync($"{StoreKeys.Blob(name)}:2:0"));
    }

    private static byte[] Content(long version, int length)
    {
        var content = new byte[length];
        new Random((int)version).NextBytes(content);
        return content;
    }
}
