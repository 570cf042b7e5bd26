using System.Globalization;
using System.Text;
using Lepton.Orleans.Cli.Tests.Peer;

namespace Lepton.Orleans.Cli.Tests.Importing;

/// <summary>Looks at the memory of the whole process, so nothing else may run beside it.</summary>
[Collection(nameof(ImportMemoryTests))]
[CollectionDefinition(nameof(ImportMemoryTests), DisableParallelization = true)]
public sealed class ImportMemoryTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task A_million_rows_from_standard_input_need_no_more_memory_than_a_few_batches()
    {
        await using var peer = await PeerService.StartAsync(keeps: false);
        var input = new GeneratedRows(1_000_000);
        _command.Input = () => input;

        Assert.Equal(0, await _command.RunAsync("import", "csv", "-", "--type", "like", "--url", peer.Url));

        Assert.Contains("standard input: 1,000,000 rows in", _command.Error, StringComparison.Ordinal);
        Assert.True(input.BytesRead > 30_000_000);
        Assert.InRange(input.MostAlive - input.FirstAlive, 0, 16_000_000);
    }

    /// <summary>Rows made while they are read; looks now and then how much memory is alive.</summary>
    private sealed class GeneratedRows(int rows) : MemoryStream
    {
        private byte[] _rest = Encoding.ASCII.GetBytes("UserId,ItemId,Timestamp\n");
        private int _made;

        public long BytesRead { get; private set; }

        public long FirstAlive { get; private set; }

        public long MostAlive { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest.Length == 0 && _made < rows)
            {
                var text = new StringBuilder();
                for (var i = 0; i < 1000; i++, _made++)
                {
                    _ = text.Append(CultureInfo.InvariantCulture, $"user-{_made % 50_000},item-{_made % 9_973},{1_600_000_000 + _made}\n");
                }

                _rest = Encoding.ASCII.GetBytes(text.ToString());
                if (_made % 50_000 == 0)
                {
                    var alive = GC.GetTotalMemory(forceFullCollection: true);
                    FirstAlive = FirstAlive == 0 ? alive : FirstAlive;
                    MostAlive = Math.Max(MostAlive, alive);
                }
            }

            var count = Math.Min(buffer.Length, _rest.Length);
            _rest.AsMemory(0, count).CopyTo(buffer);
            _rest = _rest[count..];
            BytesRead += count;
            return ValueTask.FromResult(count);
        }
    }
}
