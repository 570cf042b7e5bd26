namespace Lepton.Orleans.Grains.Tests.Storage;

/// <summary>A content whose reader comes to a certain byte: there it ends with an exception, or something else happens first.</summary>
internal sealed class CutOffStream(byte[] content, int bytes, Func<Task>? then = null) : MemoryStream(content, writable: false)
{
    private Func<Task>? _then = then;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position < bytes)
        {
            return await base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, bytes - Position)], cancellationToken);
        }

        var action = _then ?? throw new EndOfStreamException("Cut off.");
        _then = static () => Task.CompletedTask;
        await action();
        return await base.ReadAsync(buffer, cancellationToken);
    }
}
