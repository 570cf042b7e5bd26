using System.Diagnostics;
using System.Globalization;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Benchmarks;

/// <summary>
/// <c>scale ITEMS FEEDBACK [SEED]</c>: what a whole build on generated feedback takes, on one thread, in a line of a Markdown table: processor seconds in all
/// and by stage, peak memory of the process, and the size of the published model.
/// </summary>
internal static class ScaleProbe
{
    /// <summary>Runs a build.</summary>
    /// <returns>0, or 2 where the sizes make no sense.</returns>
    public static int Run(string[] arguments)
    {
        var numbers = Array.ConvertAll(arguments, argument => int.TryParse(argument, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var number) ? number : 0);
        if (numbers.Length is < 2 or > 3 || numbers[0] < 100 || numbers[1] < 1000)
        {
            Console.Error.WriteLine("scale ITEMS FEEDBACK [SEED]: at least 100 items and 1000 feedback, such as scale 10,000 1,000,000.");
            return 2;
        }

        var interactions = GeneratedFeedback.Create(numbers[0], numbers[1], numbers.Length > 2 ? numbers[2] : 1);
        using var process = Process.GetCurrentProcess();
        var generated = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        var stages = new StageTimes(process);
        var options = new ModelBuildOptions { Parallelism = 1 };
        var learned = ModelBuild.Learn(interactions, options, stages, CancellationToken.None);
        stages.Report(new BuildProgress(BuildStage.LearningWeights, .5));
        var built = ModelBuild.Train(interactions, learned?.Weights, options, stages, CancellationToken.None);
        var wall = watch.Elapsed;
        process.Refresh();
        var counted = new CountingStream();
        built.Model.Write(counted);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {numbers[0]:N0} | {numbers[1]:N0} | {interactions.UserCount:N0} | {(process.TotalProcessorTime - generated).TotalSeconds:F0} | {wall.TotalSeconds:F0} | {stages} | {process.PeakWorkingSet64 / 1048576.0:N0} | {counted.Length / 1048576.0:N0} |"));
        return 0;
    }

    /// <summary>Gives the processor time between two reports to the stage that the later one names: on one thread, stages do not overlap.</summary>
    private sealed class StageTimes : IProgress<BuildProgress>
    {
        private readonly Process _process;
        private readonly double[] _seconds = new double[Enum.GetValues<BuildStage>().Length];
        private TimeSpan _last;

        public StageTimes(Process process) => (_process, _last) = (process, process.TotalProcessorTime);

        public void Report(BuildProgress value)
        {
            _process.Refresh();
            var now = _process.TotalProcessorTime;
            _seconds[(int)value.Stage] += (now - _last).TotalSeconds;
            _last = now;
        }

        public override string ToString() => string.Join(
            " | ", _seconds.Take((int)BuildStage.Finished).Select(static seconds => seconds.ToString("F0", CultureInfo.InvariantCulture)));
    }

    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position
        {
            get => _length;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;
    }
}
