using System.Buffers;
using Lepton.Orleans.Grains.Storage;
using Orleans.Serialization;

namespace Lepton.Orleans.Grains.Items;

/// <summary>Item records in the store, written with the Orleans serializer.</summary>
internal sealed class ItemStore(RecordStore records, Serializer<ItemState> serializer)
{
    private const int Concurrency = 512;

    /// <summary>Takes an item's record over and reads it.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<(Fence Fence, ItemState? State)> OpenAsync(string key)
    {
        var (fence, record) = await records.OpenAsync(StoreKeys.ItemRecord(key));
        return (fence, Read(record));
    }

    /// <summary>Writes an item's record.</summary>
    /// <exception cref="StaleActivationException">Another activation has opened it.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task SaveAsync(string key, Fence fence, ItemState state)
    {
        var output = new ArrayBufferWriter<byte>();
        serializer.Serialize(state, output);
        return records.SaveAsync(StoreKeys.ItemRecord(key), fence, output.WrittenMemory);
    }

    /// <summary>Gives an item's record back, at the end of an activation.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the next opening takes the record over all the same.</exception>
    public Task ReleaseAsync(string key, Fence fence) => records.ReleaseAsync(StoreKeys.ItemRecord(key), fence);

    /// <summary>Removes an item's record.</summary>
    /// <exception cref="StaleActivationException">Another activation has opened it.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task DeleteAsync(string key, Fence fence) => records.DeleteAsync(StoreKeys.ItemRecord(key), fence);

    /// <summary>Reads many items without taking them over; ids without a record are left out.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<Dictionary<string, ItemState>> PeekAsync(string tenant, IReadOnlyList<string> ids)
    {
        var states = new Dictionary<string, ItemState>(ids.Count, StringComparer.Ordinal);
        foreach (var chunk in ids.Chunk(Concurrency))
        {
            var found = await Task.WhenAll(chunk.Select(id => records.PeekAsync(StoreKeys.ItemRecord(LeptonKey.For(tenant, id)), withJournal: false)));
            foreach (var (id, record) in chunk.Zip(found))
            {
                if (Read(record) is { } state)
                {
                    states[id] = state;
                }
            }
        }

        return states;
    }

    private ItemState? Read(StoredRecord record) => record.Snapshot.IsEmpty ? null : serializer.Deserialize(record.Snapshot);
}
