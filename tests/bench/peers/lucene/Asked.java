import java.io.IOException;

/** An order made ready, to be asked any number of times. */
interface Asked {
    void ask(Best best) throws IOException;
}
