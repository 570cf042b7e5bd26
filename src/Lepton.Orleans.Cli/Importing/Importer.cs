using Lepton.Orleans.Cli.Records;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Importing;

/// <summary>
/// Streams files to a service: reads, checks and groups rows, several requests under way at once. Memory is that of a few dozen
/// batches, however long the files are. Every row carries a time of its own and overwrites what has its key, so that repeating rows
/// changes nothing; where a run ends, the next one goes on after the last row before which all are acknowledged.
/// </summary>
internal sealed class Importer
{
    private readonly LeptonService _service;
    private readonly ImportOptions _options;
    private readonly CheckpointFile _checkpoints;
    private readonly ImportProgress _progress;
    private readonly Action<string> _notice;
    private readonly Func<Stream> _standardInput;
    private readonly TimeProvider _time;
    private readonly ImportLane[] _lanes;
    private readonly Lock _saving = new();
    private AcknowledgedPrefix _prefix = new(ImportPosition.Start);
    private long _saved;
    private string _probe = "";

    /// <summary>An import.</summary>
    /// <param name="service">Where to.</param>
    /// <param name="options">How.</param>
    /// <param name="checkpoints">Where its position is kept.</param>
    /// <param name="progress">Counts.</param>
    /// <param name="notice">Hears what a person should know.</param>
    /// <param name="standardInput">Opens standard input.</param>
    /// <param name="time">The clock.</param>
    public Importer(
        LeptonService service,
        ImportOptions options,
        CheckpointFile checkpoints,
        ImportProgress progress,
        Action<string> notice,
        Func<Stream> standardInput,
        TimeProvider time)
    {
        _service = service;
        _options = options;
        _checkpoints = checkpoints;
        _progress = progress;
        _notice = notice;
        _standardInput = standardInput;
        _time = time;
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new ImportLane(service, options.SkipBad, Acknowledged, PassOver))];
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="BadRowException">A row breaks a rule; the rows before it are sent.</exception>
    /// <exception cref="CommandFailedException">The service refused something, or was away for too long.</exception>
    public async Task<ImportSummary> RunAsync(IReadOnlyList<ImportFile> files, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var start = await ResumeAsync(files, cancellationToken);
        _prefix = new AcknowledgedPrefix(start);
        _saved = started;
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lanes = _lanes.Select(lane => RunLaneAsync(lane, failing)).ToArray();
        BadRowException? bad = null;
        try
        {
            try
            {
                await ReadAsync(files, start, failing.Token);
            }
            catch (BadRowException exception)
            {
                bad = exception;
            }

            await FlushAsync(_ => true, failing.Token);
            _ = Array.TrueForAll(_lanes, lane => Completed(lane));
            await Task.WhenAll(lanes);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // A lane failed and stopped the others; what it met with is what counts.
            await Task.WhenAll(lanes);
            throw;
        }
        finally
        {
            await failing.CancelAsync();
            await Task.WhenAll(lanes).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            Save();
        }

        if (bad is not null)
        {
            throw bad;
        }

        _checkpoints.Delete();
        return new ImportSummary(_progress.Rows, _progress.Feedback, _progress.Changed, _progress.Bad, start.Rows, _time.GetElapsedTime(started));
    }

    private static bool Completed(ImportLane lane)
    {
        lane.Complete();
        return true;
    }

    private static async Task RunLaneAsync(ImportLane lane, CancellationTokenSource failing)
    {
        try
        {
            await lane.RunAsync(failing.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await failing.CancelAsync();
            throw;
        }
    }

    private async Task<ImportPosition> ResumeAsync(IReadOnlyList<ImportFile> files, CancellationToken cancellationToken)
    {
        if (_options.Restart || _checkpoints.Load() is not { } checkpoint || checkpoint.Position.Rows == 0)
        {
            return ImportPosition.Start;
        }

        try
        {
            _ = await _service.GetAsync(checkpoint.Probe, cancellationToken);
        }
        catch (RequestRefusedException refused) when (refused.Problem.Status == 404)
        {
            _notice("An earlier run was interrupted, but the service no longer has its rows: starting over.");
            return ImportPosition.Start;
        }

        var position = checkpoint.Position;
        _probe = checkpoint.Probe;
        _notice($"Going on at line {position.Line:N0} of {files[position.File].Name}: {position.Rows:N0} rows are there from an earlier run (--restart starts over).");
        return position;
    }

    private async Task ReadAsync(IReadOnlyList<ImportFile> files, ImportPosition start, CancellationToken cancellationToken)
    {
        var (rows, bad, bytes) = (start.Rows, start.Bad, 0L);
        for (var number = 0; number < files.Count; number++)
        {
            var file = files[number];
            var length = file.Path is null ? 0 : new FileInfo(file.Path).Length;
            if (number >= start.File)
            {
                var stream = file.Path is null ? _standardInput() : new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, FileOptions.SequentialScan);
                await using var reader = new RecordReader(stream, file.Name, file.Format.QuotedSeparator);
                await ReadHeaderAsync(file, reader, cancellationToken);
                if (number == start.File && start.Offset > 0)
                {
                    reader.Seek(start.Offset, start.Line);
                }

                var position = new ImportPosition(number, reader.NextOffset, reader.NextLine, rows, bad);
                while (await reader.ReadAsync(cancellationToken))
                {
                    if (Parse(file, reader) is { } row)
                    {
                        await AddAsync(row, position, reader.Line, file.Name, cancellationToken);
                        rows++;
                    }
                    else
                    {
                        bad++;
                    }

                    position = new ImportPosition(number, reader.NextOffset, reader.NextLine, rows, bad);
                    _prefix.Read(position);
                    if ((rows & 4095) == 0)
                    {
                        _progress.ReadUpTo(bytes + reader.NextOffset);
                        await FlushLaggardsAsync(rows, cancellationToken);
                    }
                }

                // A batch belongs to one file.
                await FlushAsync(_ => true, cancellationToken);
            }

            bytes += length;
            _progress.ReadUpTo(bytes);
        }
    }

    private static async Task ReadHeaderAsync(ImportFile file, RecordReader reader, CancellationToken cancellationToken)
    {
        if (!file.Format.HasHeader)
        {
            return;
        }

        if (!await reader.ReadAsync(cancellationToken))
        {
            throw new BadRowException(file.Name, 1, "", "must be a header; the file is empty");
        }

        try
        {
            file.Format.ReadHeader(reader.Record);
        }
        catch (BadFieldException exception)
        {
            throw new BadRowException(file.Name, reader.Line, exception.Field, exception.Rule);
        }
    }

    /// <summary>The row, or <see langword="null"/> where it is bad and passed over.</summary>
    private Row? Parse(ImportFile file, RecordReader reader)
    {
        try
        {
            var row = file.Format.Read(reader.Record).WithTimestamp(_options.TimestampBase.AddMilliseconds(reader.Line));
            row.Check(_time.GetUtcNow().UtcDateTime);
            return row;
        }
        catch (BadFieldException exception)
        {
            var bad = new BadRowException(file.Name, reader.Line, exception.Field, exception.Rule);
            if (!_options.SkipBad)
            {
                throw bad;
            }

            PassOver(bad);
            return null;
        }
    }

    private async ValueTask AddAsync(Row row, ImportPosition position, long line, string fileName, CancellationToken cancellationToken)
    {
        var lane = _lanes[(int)((uint)row.OrderKey.GetHashCode(StringComparison.Ordinal) % (uint)_lanes.Length)];
        var batch = lane.FillingOf(row.Kind);
        if (batch is null)
        {
            batch = await lane.BeginAsync(row.Kind, position, fileName, cancellationToken);
            _prefix.Open(position);
        }

        batch.Add(row, line);
        if (batch.Rows >= _options.BatchRows || batch.Bytes >= _options.BatchBytes)
        {
            await lane.SendAsync(batch, cancellationToken);
        }
    }

    /// <summary>Sends batches that fill so slowly that they would hold the acknowledged prefix back.</summary>
    private Task FlushLaggardsAsync(long rows, CancellationToken cancellationToken) =>
        FlushAsync(batch => rows - batch.First.Rows > 8L * _options.BatchRows * _lanes.Length, cancellationToken);

    private async Task FlushAsync(Func<ImportBatch, bool> which, CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            foreach (var batch in lane.Filling.Where(which).ToArray())
            {
                await lane.SendAsync(batch, cancellationToken);
            }
        }
    }

    private void Acknowledged(ImportBatch batch, int changed)
    {
        _prefix.Close(batch.First);
        _progress.Acknowledged(batch.Kind, batch.Rows, changed);
        if (batch.Rows > 0)
        {
            Volatile.Write(ref _probe, (batch.Kind == RowKind.Item ? "api/item/" : "api/user/") + Uri.EscapeDataString(batch.LastKey));
        }

        if (_time.GetElapsedTime(Interlocked.Read(ref _saved)) >= _options.CheckpointEvery)
        {
            Save();
        }
    }

    private void PassOver(BadRowException bad)
    {
        _progress.PassedOver();
        if (_progress.Bad <= 5)
        {
            _notice(bad.Message + (_progress.Bad == 5 ? " Further bad rows are only counted." : ""));
        }
    }

    private void Save()
    {
        lock (_saving)
        {
            _ = Interlocked.Exchange(ref _saved, _time.GetTimestamp());
            var position = _prefix.Current;
            if (position.Rows > 0 && _probe.Length > 0)
            {
                _checkpoints.Save(new Checkpoint(position, _probe));
            }
        }
    }
}
