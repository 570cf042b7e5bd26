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
            await WriteAsync(store, name, version, content);
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
        await WriteAsync(store, name, 1, Content(1, 3 * ChunkBytes));
        var writer = Task.Run(async () =>
        {
            for (var version = 2; version <= 20; version++)
            {
                await WriteAsync(store, name, version, Content(version, ((version % 3) + 1) * ChunkBytes));
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
        await WriteAsync(store, name, 1, Content(1, 2 * ChunkBytes));
        await WriteAsync(store, name, 2, Content(2, 10));
        Assert.False(await store.Database.KeyExistsAsync($"{StoreKeys.Blob(name)}:1:0"));
        Assert.False(await store.Database.KeyExistsAsync($"{StoreKeys.Blob(name)}:1:1"));
        Assert.True(await store.Database.KeyExistsAsync($"{StoreKeys.Blob(name)}:2:0"));
    }

    [Theory, EachStore]
    public async Task What_a_write_leaves_that_was_killed_on_the_way_is_removed_by_the_next(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        await WriteAsync(store, name, 1, Content(1, 10));
        var killed = new CutOffStream(Content(2, 40 * ChunkBytes), bytes: 35 * ChunkBytes);
        await Assert.ThrowsAsync<EndOfStreamException>(() => store.Blobs.WriteAsync(name, 2, killed));
        Assert.True(await store.Database.KeyExistsAsync(BlobStore.Chunk(name, 2, 34)));
        Assert.Equal(1, (await store.Blobs.ReadAsync(name))!.Value.Version);

        await WriteAsync(store, name, 3, Content(3, ChunkBytes + 1));

        Assert.Equal(
            [StoreKeys.Blob(name), $"{StoreKeys.Blob(name)}:3:0", $"{StoreKeys.Blob(name)}:3:1"],
            store.KeysFrom(StoreKeys.Blob(name)));
    }

    [Theory, EachStore]
    public async Task The_version_before_goes_although_the_writer_was_killed_before_it_could_remove_it(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        await WriteAsync(store, name, 2, Content(2, 10));
        await store.Database.StringSetAsync(BlobStore.Chunk(name, 1, 0), "left");
        await store.Database.StringSetAsync(StoreKeys.Blob(name) + ":intent", "2:16 1:1:4");

        Assert.Equal(2, (await store.Blobs.ReadAsync(name))!.Value.Version);
        await WriteAsync(store, name, 3, Content(3, 10));

        Assert.Equal([StoreKeys.Blob(name), $"{StoreKeys.Blob(name)}:3:0"], store.KeysFrom(StoreKeys.Blob(name)));
    }

    [Theory, EachStore]
    public async Task Of_two_writers_the_one_that_began_last_is_read_and_the_other_leaves_nothing(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        var overtaken = new CutOffStream(Content(1, 3 * ChunkBytes), bytes: 2 * ChunkBytes, then: () => WriteAsync(store, name, 2, Content(2, 10)));
        await Assert.ThrowsAsync<StaleActivationException>(() => store.Blobs.WriteAsync(name, 1, overtaken));

        Assert.Equal(Content(2, 10), (await store.Blobs.ReadAsync(name))!.Value.Content);
        Assert.Equal([StoreKeys.Blob(name), $"{StoreKeys.Blob(name)}:2:0"], store.KeysFrom(StoreKeys.Blob(name)));
    }

    [Theory, EachStore]
    public async Task A_blob_of_the_release_before_is_read_although_its_manifest_has_no_length(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var name = OpenStore.Unique();
        var content = Content(7, ChunkBytes + 3);
        await WriteAsync(store, name, 7, content);
        await store.Database.StringSetAsync(StoreKeys.Blob(name), "7:2");

        Assert.Equal(content, (await store.Blobs.ReadAsync(name))!.Value.Content);
    }

    private static async Task WriteAsync(OpenStore store, string name, long version, byte[] content)
    {
        using var stream = new MemoryStream(content, writable: false);
        await store.Blobs.WriteAsync(name, version, stream);
    }

    private static byte[] Content(long version, int length)
    {
        var content = new byte[length];
        new Random((int)version).NextBytes(content);
        return content;
    }
}
