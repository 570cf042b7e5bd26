using System.Text.Json;
using System.Threading.Channels;
using Lepton.Orleans.Cli.Records;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Importing;

/// <summary>
/// Sends batches one after the other. All rows of one user (or item) take the same lane, so that of two profiles with the same key the
/// later one wins, as it would in a single file of requests. Feedback is added, by its time: sent again it changes nothing.
/// </summary>
internal sealed class ImportLane(LeptonService service, bool skipBad, Action<ImportBatch, int> acknowledged, Action<BadRowException> rejected)
{
    private readonly Channel<ImportBatch> _waiting = Channel.CreateBounded<ImportBatch>(1);
    private readonly Channel<ImportBatch> _free = Channel.CreateUnbounded<ImportBatch>();
    private readonly ImportBatch?[] _filling = new ImportBatch?[Enum.GetValues<RowKind>().Length];
    private int _made;

    /// <summary>The batches being filled.</summary>
    public IEnumerable<ImportBatch> Filling => _filling.Where(batch => batch is not null)!;

    /// <summary>The batch being filled with rows of a kind, or <see langword="null"/>.</summary>
    public ImportBatch? FillingOf(RowKind kind) => _filling[(int)kind];

    /// <summary>An empty batch to fill; waits for one to come back when all are under way.</summary>
    public async ValueTask<ImportBatch> BeginAsync(RowKind kind, ImportPosition first, string fileName, CancellationToken cancellationToken)
    {
        if (!_free.Reader.TryRead(out var batch))
        {
            // One in the making for each kind, one waiting, one under way.
            batch = _made < _filling.Length + 2 ? Make() : await _free.Reader.ReadAsync(cancellationToken);
        }

        batch.Begin(kind, first, fileName);
        _filling[(int)kind] = batch;
        return batch;
    }

    /// <summary>Hands a batch over; waits while another one waits.</summary>
    public ValueTask SendAsync(ImportBatch batch, CancellationToken cancellationToken)
    {
        _filling[(int)batch.Kind] = null;
        return _waiting.Writer.WriteAsync(batch, cancellationToken);
    }

    /// <summary>Says that no batch follows.</summary>
    public void Complete() => _waiting.Writer.TryComplete();

    /// <summary>Sends until completed.</summary>
    /// <exception cref="CommandFailedException">A batch could not be sent.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var batch in _waiting.Reader.ReadAllAsync(cancellationToken))
        {
            var changed = await SendRowsAsync(batch, cancellationToken);
            acknowledged(batch, changed);
            _ = _free.Writer.TryWrite(batch);
        }
    }

    private async Task<int> SendRowsAsync(ImportBatch batch, CancellationToken cancellationToken)
    {
        var (method, path) = batch.Kind switch
        {
            RowKind.Item => (HttpMethod.Post, "api/items"),
            RowKind.User => (HttpMethod.Post, "api/users"),
            _ => (HttpMethod.Post, "api/feedback"),
        };
        var body = batch.Complete();
        while (batch.Rows > 0)
        {
            try
            {
                return Changed(await service.SendAsync(method, path, body, cancellationToken), batch.Rows);
            }
            catch (RequestRefusedException refused) when (refused.Problem.Status == 400 && refused.Problem.Row is var row && row >= 0 && row < batch.Rows)
            {
                // The service knows a rule that is not checked here; with the line, a person can find the row.
                var (field, rule) = refused.Problem.Errors[0];
                var bad = new BadRowException(batch.FileName, batch.LineOf(row), field[(field.IndexOf(']', StringComparison.Ordinal) + 1)..].TrimStart('.'), rule);
                if (!skipBad)
                {
                    throw bad;
                }

                rejected(bad);
                body = batch.Without(row);
            }
        }

        return 0;
    }

    private static int Changed(byte[] answer, int rows)
    {
        try
        {
            var reader = new Utf8JsonReader(answer);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.TryGetProperty("RowAffected", out var changed) && changed.TryGetInt32(out var count) ? count : rows;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new CommandFailedException("The address answers, but not as a Lepton service does; is --url right?", exception);
        }
    }

    private ImportBatch Make()
    {
        _made++;
        return new ImportBatch();
    }
}
