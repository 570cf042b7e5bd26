using System.Globalization;
using Lepton.Orleans.Cli.Importing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Lepton.Orleans.Cli.Commands;

/// <summary>Draws an import: how much of the files is read, rows a second, and the time that is left.</summary>
internal static class ImportBar
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    /// <summary>Draws until the import ends.</summary>
    public static Task<ImportSummary> WatchAsync(
        IAnsiConsole console, string name, long length, ImportProgress progress, Task<ImportSummary> import, TimeProvider time) => console
        .Progress()
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RowsColumn(progress, time), new RemainingTimeColumn())
        .StartAsync(async drawing =>
        {
            var task = drawing.AddTask(Markup.Escape(name), maxValue: Math.Max(1, length));
            task.IsIndeterminate = length == 0;
            using var timer = new PeriodicTimer(Refresh, time);
            while (!import.IsCompleted)
            {
                task.Value = progress.Bytes;
                _ = await Task.WhenAny(import, timer.WaitForNextTickAsync().AsTask());
            }

            if (import.IsCompletedSuccessfully)
            {
                task.Value = task.MaxValue;
            }

            return await import;
        });

    private sealed class RowsColumn(ImportProgress progress, TimeProvider time) : ProgressColumn
    {
        private readonly long _started = time.GetTimestamp();

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime)
        {
            var seconds = Math.Max(time.GetElapsedTime(_started).TotalSeconds, 0.001);
            return new Text(string.Create(CultureInfo.InvariantCulture, $"{progress.Rows:N0} rows, {progress.Rows / seconds:N0} rows/s"));
        }
    }
}
