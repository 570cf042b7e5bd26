namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// An activation's right to write a record. The head of the record's journal is the token of the activation that opened it
/// last; a write with any other token is refused. Tokens are random, so one of an erased record never comes back.
/// </summary>
internal sealed class Fence
{
    /// <summary>The token.</summary>
    public byte[] Token { get; } = Guid.NewGuid().ToByteArray();

    /// <summary>The record did not exist when it was opened, so the first write may create it.</summary>
    public bool MayCreate { get; set; }
}
