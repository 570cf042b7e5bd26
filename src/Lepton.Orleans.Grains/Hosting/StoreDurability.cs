namespace Lepton.Orleans.Grains.Hosting;

/// <summary>
/// What makes writes durable beyond the store's own answer to them. A Redis with <c>appendfsync always</c> needs nothing:
/// its answer is the confirmation.
/// </summary>
/// <param name="ConfirmCommand">
/// A command that is sent after each write, or group of writes, and whose answer says that all before it are on disk;
/// <see langword="null"/> for none.
/// </param>
/// <param name="Replicas">How many replicas must have a write before it is confirmed, beside the server it was made on.</param>
public sealed record StoreDurability(string? ConfirmCommand = null, int Replicas = 0);
