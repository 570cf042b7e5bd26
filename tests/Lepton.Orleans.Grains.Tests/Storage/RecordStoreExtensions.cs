using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Tests.Storage;

internal static class RecordStoreExtensions
{
    /// <summary>Appends a frame alone.</summary>
    public static Task AppendAsync(this RecordStore records, string record, Fence fence, byte[] frame) =>
        records.AppendAsync(record, fence, frame, [], "");
}
