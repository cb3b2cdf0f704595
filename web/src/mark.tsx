/** The sign of the programme: a drop of honey with a leaf. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path
        class="mark-drop"
        d="M16 2.500c4.900 6.100 9.500 11.200 9.500 17a9.500 9.500 0 0 1-19 0c0-5.800 4.600-10.900 9.500-17z"
      />
      <path
        class="mark-leaf"
        d="M9.500 21.500c0-4.800 4-8.200 11.500-8.200 0 6.400-3.400 10.700-8.300 10.700-.8 0-1.500-.1-2.100-.4l-1.200 2.300-1.400-.7c1.500-3.500 3.900-5.900 7.200-7.400-2.600.5-4.500 1.700-5.700 3.700z"
      />
    </svg>
  );
}
